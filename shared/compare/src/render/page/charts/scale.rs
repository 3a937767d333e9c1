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

    /// Round numbers within, not too many.
    pub fn ticks(&self) -> Vec<f64> {
        let decades = (self.high / self.low).log10();
        let digits: &[f64] = match decades {
            d if d > 2.0 => &[1.0],
            d if d > 1.0 => &[1.0, 3.0],
            _ => &[1.0, 2.0, 4.0, 8.0],
        };
        let powers = self.low.log10().floor() as i32..=self.high.log10().ceil() as i32;
        let step = (decades / 6.0).ceil().max(1.0) as usize;
        let ticks = powers
            .step_by(step)
            .flat_map(|power| digits.iter().map(move |digit| digit * 10f64.powi(power)));
        ticks
            .filter(|tick| (self.low..=self.high).contains(tick))
            .collect()
    }
}

/// A whole number, for an axis.
pub fn whole(number: f64) -> String {
    match number {
        n if n >= 1e6 => format!("{} M", count((n / 1e6).round() as u64)),
        n if n >= 1e4 => format!("{} k", count((n / 1e3).round() as u64)),
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
    let digits = usize::from(number.fract() > 0.01);
    format!("{number:.digits$}x")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_has_few_round_ticks_within_itself() {
        for (low, high) in [(1.0, 1e6), (0.09, 0.5), (3e6, 9e8), (5.0, 5.0), (1.0, 4.0)] {
            let scale = Scale::of([low, high].into_iter());
            let ticks = scale.ticks();
            assert!((1..=9).contains(&ticks.len()), "{low}..{high}: {ticks:?}");
            assert!(
                ticks
                    .iter()
                    .all(|tick| (0.0..=1.0).contains(&scale.place(*tick)))
            );
        }
    }
}
