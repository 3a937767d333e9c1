//! What a handful of samples can say: a median, how sure it is, and who was faster.

use schemars::JsonSchema;
use serde::Serialize;

/// A median and the interval in which, with 95% confidence, the true one lies; with less in that of few samples, as
/// [`confidence`] tells.
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
    /// The interval is the percentile bootstrap's for the median, exact instead of drawn: a resampled median is at
    /// most the i-th smallest sample just when at least half of n draws are, and each draw is with probability i/n
    /// (Maritz and Jarrett, 1978). For up to six samples it spans them all.
    pub fn of(samples: &[f64]) -> Option<Self> {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        let count = sorted.len();
        if count == 0 {
            return None;
        }
        let (lower, upper) = ((count - 1) / 2, count / 2);
        // The first rank that a resampled median stays at or below in more than 2.5% of all resamples. With an even
        // count the median lies between two samples; its interval is then taken from the outer one at either end.
        let beyond = (1..=count)
            .find(|rank| at_least(upper_half(count), count, *rank as f64 / count as f64) > 0.025)
            .unwrap_or(count);
        Some(Self {
            median: (sorted[lower] + sorted[upper]) / 2.0,
            low: sorted[beyond - 1],
            high: sorted[count - beyond],
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

/// How often an interval that spans `count` samples has the true median inside: unless all samples lie on one side of it.
pub fn confidence(count: usize) -> f64 {
    1.0 - 2.0 * 0.5_f64.powi(count as i32)
}

/// How many of `count` draws must be low for the lower of their two middle ones to be.
fn upper_half(count: usize) -> usize {
    count.div_ceil(2)
}

/// The probability that at least `successes` of `trials` succeed, if each does with `probability`.
fn at_least(successes: usize, trials: usize, probability: f64) -> f64 {
    let exactly = |k: usize| {
        let ways: f64 = (0..k)
            .map(|i| (trials - i) as f64 / (i + 1) as f64)
            .product();
        ways * probability.powi(k as i32) * (1.0 - probability).powi((trials - k) as i32)
    };
    (successes..=trials).map(exactly).sum()
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
        assert!(confidence(5) < 0.95 && confidence(6) > 0.95);
    }

    #[test]
    fn one_outlier_among_many_samples_leaves_the_interval_alone() {
        let mut samples = vec![1.0; 10];
        samples.push(100.0);
        let estimate = Estimate::of(&samples).unwrap();
        assert_eq!((estimate.median, estimate.high), (1.0, 1.0));
    }

    #[test]
    fn the_exact_interval_is_what_resampling_tends_to() {
        let samples: Vec<f64> = (0..15).map(f64::from).collect();
        let mut random: u64 = 1;
        let mut medians: Vec<f64> = (0..20_000)
            .map(|_| {
                let mut draw: Vec<f64> = (0..15)
                    .map(|_| {
                        random ^= random << 13;
                        random ^= random >> 7;
                        random ^= random << 17;
                        samples[random as usize % 15]
                    })
                    .collect();
                draw.sort_by(f64::total_cmp);
                draw[7]
            })
            .collect();
        medians.sort_by(f64::total_cmp);
        let estimate = Estimate::of(&samples).unwrap();
        assert_eq!(
            (estimate.low, estimate.high),
            (medians[500], medians[19_500])
        );
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
