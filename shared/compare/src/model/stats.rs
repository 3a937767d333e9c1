//! What a handful of samples can say: a median, how sure it is, and who was faster.

use schemars::JsonSchema;
use serde::Serialize;

/// A median and the interval in which, with at least 95% confidence, the true one lies; with less in that of fewer than
/// six samples, as [`confidence`] tells.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Estimate {
    /// The median of the samples.
    pub median: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl Estimate {
    /// Estimates from `samples`; `None` if there are none.
    ///
    /// The interval runs from one sample to its mirror image in rank, which takes nothing for granted about how they are
    /// spread. For up to eight samples it spans them all.
    pub fn of(samples: &[f64]) -> Option<Self> {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        let count = sorted.len();
        if count == 0 {
            return None;
        }
        let (lower, upper) = ((count - 1) / 2, count / 2);
        let rank = rank(count);
        Some(Self {
            median: (sorted[lower] + sorted[upper]) / 2.0,
            low: sorted[rank - 1],
            high: sorted[count - rank],
        })
    }

    /// Whether this interval reaches into the other.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.low <= other.high && other.low <= self.high
    }

    /// Half the interval as a share of the median.
    pub fn spread(&self) -> f64 {
        (self.high - self.low) / 2.0 / self.median
    }
}

/// How often the interval of `count` samples has the true median inside.
pub fn confidence(count: usize) -> f64 {
    covered(rank(count), count)
}

/// The rank, from either end, of the samples between which the interval of so many lies: the one nearest to the middle
/// that leaves it 95% sure, or the first.
fn rank(count: usize) -> usize {
    let ranks = 1..=count.div_ceil(2);
    let sure = ranks.take_while(|rank| covered(*rank, count) >= 0.95);
    sure.last().unwrap_or(1)
}

/// The probability that the true median lies between the samples of this rank from either end: unless fewer than `rank`
/// samples lie on one side of it, where each lies with probability 1/2.
fn covered(rank: usize, count: usize) -> f64 {
    let ways = |few: usize| -> f64 {
        (0..few)
            .map(|i| (count - i) as f64 / (i + 1) as f64)
            .product()
    };
    let fewer: f64 = (0..rank).map(ways).sum();
    1.0 - 2.0 * fewer * 0.5_f64.powi(count as i32)
}

/// Differences below this share are called a tie however sure they are: noise that nothing screens out can make them.
pub const MEANINGFUL: f64 = 0.01;

/// How `these` samples compare with `those`, round by round, as these / those.
///
/// Rounds are paired because what disturbs one contestant of a round tends to disturb the others too.
pub fn ratio(these: &[f64], those: &[f64]) -> Option<Estimate> {
    let ratios: Vec<_> = these.iter().zip(those).map(|(a, b)| a / b).collect();
    Estimate::of(&ratios)
}

/// Whether a ratio of paired rounds is surely and meaningfully below 1.
pub fn surely_less(ratio: &Estimate) -> bool {
    ratio.high < 1.0 - MEANINGFUL
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_few_samples_spans_them_all() {
        let estimate = Estimate::of(&[5.0, 1.0, 3.0, 2.0, 4.0]).unwrap();
        assert_eq!(
            (estimate.low, estimate.median, estimate.high),
            (1.0, 3.0, 5.0)
        );
        assert_eq!(Estimate::of(&[]), None);
        assert_eq!(Estimate::of(&[7.0]).unwrap().spread(), 0.0);
    }

    #[test]
    fn few_samples_are_less_sure_than_many() {
        assert_eq!([2, 3, 5].map(confidence), [0.5, 0.75, 0.9375]);
        assert!((6..200).map(confidence).all(|sure| sure >= 0.95));
    }

    #[test]
    fn one_outlier_among_many_samples_leaves_the_interval_alone() {
        let mut samples = vec![1.0; 10];
        samples.push(100.0);
        let estimate = Estimate::of(&samples).unwrap();
        assert_eq!((estimate.median, estimate.high), (1.0, 1.0));
    }

    #[test]
    fn an_interval_has_the_true_median_inside_as_often_as_it_says() {
        let mut random: u64 = 1;
        let mut draw = || {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random as f64 / u64::MAX as f64
        };
        for count in [1, 2, 3, 5, 7, 9, 10, 30] {
            let mut inside = 0;
            for _ in 0..20_000 {
                let samples: Vec<f64> = (0..count).map(|_| draw()).collect();
                let estimate = Estimate::of(&samples).unwrap();
                inside += u32::from((estimate.low..=estimate.high).contains(&0.5));
            }
            let share = f64::from(inside) / 20_000.0;
            assert!((share - confidence(count)).abs() < 0.01, "{count}: {share}");
        }
    }

    #[test]
    fn a_difference_is_sure_only_if_every_round_shows_it() {
        let sure = ratio(&[1.0, 1.1, 1.2], &[2.0, 2.1, 2.3]).unwrap();
        assert!(surely_less(&sure));
        let mixed = ratio(&[1.0, 1.1, 2.4], &[2.0, 2.1, 2.3]).unwrap();
        assert!(!surely_less(&mixed));
        let tiny = ratio(&[1.0, 1.0, 1.0], &[1.005, 1.005, 1.005]).unwrap();
        assert!(!surely_less(&tiny), "half a percent is a tie");
    }
}
