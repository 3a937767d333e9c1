//! A logarithmic axis, and how its numbers are written.

use crate::model::quantity::{bytes, count};

/// How the numbers of an axis are written.
pub type Words = fn(f64) -> String;

/// A logarithmic axis.
pub struct Scale {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl Scale {
    /// An axis on which all of these have a place.
    pub fn of(values: impl Iterator<Item = f64>) -> Self {
        let (mut low, mut high) = (f64::INFINITY, 0.0f64);
        for value in values.filter(|value| *value > 0.0 && value.is_finite()) {
            (low, high) = (low.min(value), high.max(value));
        }
        if low > high {
            (low, high) = (1.0, 10.0);
        }
        if high / low < 2.0 {
            (low, high) = (low / 1.5, high * 1.5);
        }
        // A little room at either end.
        let room = (high / low).powf(0.04);
        Self {
            low: low / room,
            high: high * room,
        }
    }

    /// Where a value is on it, from 0 to 1.
    pub fn place(&self, value: f64) -> f64 {
        (value.max(self.low) / self.low).ln() / (self.high / self.low).ln()
    }

    /// Round numbers within, each so much of the axis from the next: powers of ten, with numbers between them, or on a short axis
    /// multiples of one step.
    pub fn ticks(&self, gap: f64) -> Vec<f64> {
        let powers = self.low.log10().floor() as i32..=self.high.log10().ceil() as i32;
        let with = |digits: &[f64]| {
            let ticks = powers.clone().map(|power| 10f64.powi(power));
            let ticks = ticks.flat_map(|power| digits.iter().map(move |digit| digit * power));
            self.within(ticks)
        };
        let last = self.high.log10().floor() as i32;
        let steps = (last - 1..=last).rev().map(|power| 10f64.powi(power));
        let multiples = steps.flat_map(|power| {
            [5.0, 2.0, 1.0].map(|digit| {
                let step = digit * power;
                let most = (self.high / step).floor() as u32;
                self.within((1..=most).map(|times| f64::from(times) * step))
            })
        });
        let mut all = vec![with(&[1.0]), with(&[1.0, 3.0]), with(&[1.0, 2.0, 5.0])];
        all.extend(multiples);

        let apart = |ticks: &&Vec<f64>| self.thinned(ticks, gap).len() == ticks.len();
        // Of as many the rounder ones, which come first.
        let most = all
            .iter()
            .filter(apart)
            .rev()
            .max_by_key(|ticks| ticks.len());
        match most {
            Some(ticks) if ticks.len() > 1 => ticks.clone(),
            _ => {
                let thinned = all.iter().map(|ticks| self.thinned(ticks, gap));
                thinned
                    .reduce(|one, other| if one.len() > 1 { one } else { other })
                    .unwrap_or_default()
            }
        }
    }

    fn within(&self, ticks: impl Iterator<Item = f64>) -> Vec<f64> {
        ticks
            .filter(|tick| (self.low..=self.high).contains(tick))
            .collect()
    }

    /// Those of them that leave a gap to the one before.
    fn thinned(&self, ticks: &[f64], gap: f64) -> Vec<f64> {
        let mut thinned: Vec<f64> = Vec::new();
        for tick in ticks {
            let before = thinned.last();
            if before.is_none_or(|before| self.place(*tick) - self.place(*before) >= gap) {
                thinned.push(*tick);
            }
        }
        thinned
    }
}

/// A whole number, for an axis.
pub fn whole(number: f64) -> String {
    match number {
        n if n >= 1e6 => format!("{} M", count((n / 1e6).round() as u64)),
        n if n >= 1e4 => format!("{} k", count((n / 1e3).round() as u64)),
        n if n.fract() > 0.01 && n < 100.0 => format!("{n:.1}"),
        n => count(n.round() as u64),
    }
}

/// Bytes in a MiB.
pub const MIB: f64 = 1024.0 * 1024.0;

/// An amount of memory in MiB, for an axis.
pub fn mebibytes(number: f64) -> String {
    bytes(number * MIB)
}

/// A multiple, for an axis.
pub fn factor(number: f64) -> String {
    let digits = match number {
        n if n.fract() < 0.01 => 0,
        n if n < 1.0 => 2,
        _ => 1,
    };
    format!("{number:.digits$}x")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_has_two_to_ten_round_ticks_that_leave_room_for_their_numbers() {
        for (low, high) in [
            (1.0, 1e6),
            (0.09, 0.5),
            (3e6, 9e8),
            (5.0, 5.0),
            (1.0, 4.0),
            (0.0718, 0.0765),
            (0.0216, 0.0227),
            (0.45, 0.47),
            (1e-9, 1e9),
        ] {
            let scale = Scale::of([low, high].into_iter());
            for gap in [0.1, 0.28] {
                let ticks = scale.ticks(gap);
                assert!((2..=10).contains(&ticks.len()), "{low}..{high}: {ticks:?}");
                let places: Vec<_> = ticks.iter().map(|tick| scale.place(*tick)).collect();
                assert!(places.iter().all(|place| (0.0..=1.0).contains(place)));
                let apart = |pair: &[f64]| pair[1] - pair[0] >= gap;
                assert!(places.windows(2).all(apart), "{low}..{high}: {ticks:?}");
            }
        }
        for least in 100..1000 {
            let least = f64::from(least);
            let ticks = Scale::of([least, 1.05 * least].into_iter()).ticks(0.28);
            assert!(ticks.len() >= 2, "{least}: {ticks:?}");
        }
    }

    #[test]
    fn a_number_between_two_whole_ones_is_not_rounded_to_one_of_them() {
        assert_eq!([1.0, 1.5, 2e4].map(whole), ["1", "1.5", "20 k"]);
        assert_eq!(
            [1.0, 1.5, 0.25, 20.0].map(factor),
            ["1x", "1.5x", "0.25x", "20x"]
        );
    }
}
