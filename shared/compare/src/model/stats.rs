//! What a handful of samples can say about one thing: a median, and how sure it is.

use std::iter;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::difference;

/// A median, and the interval in which, in 95% of all cases, the true one lies: as far as the logarithms of the samples are
/// spread like a normal distribution, which times come close to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Estimate {
    /// The median of the samples.
    pub median: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// The same number of every round, in order: at least one.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples(Vec<f64>);

impl Samples {
    /// These; `None` if there are none.
    pub fn of(samples: Vec<f64>) -> Option<Self> {
        (!samples.is_empty()).then_some(Self(samples))
    }

    /// Their median.
    pub fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        middle(&sorted)
    }

    /// Each beside the other's of the same round.
    pub fn beside<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = (f64, f64)> + 'a {
        iter::zip(self.0.iter().copied(), other.0.iter().copied())
    }
}

/// The median of some that are in order, of which there is one at least.
fn middle(sorted: &[f64]) -> f64 {
    let count = sorted.len();
    (sorted[(count - 1) / 2] + sorted[count / 2]) / 2.0
}

impl Estimate {
    /// Estimates from `samples`; `None` if there are none. A single sample has no interval but itself; and samples of
    /// which some are not above zero have no logarithms, and an interval that spans them all.
    pub fn of(samples: &[f64]) -> Option<Self> {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (first, last) = (*sorted.first()?, *sorted.last()?);
        let median = middle(&sorted);
        let (low, high) = match difference::alone(samples) {
            Some(own) => (own.low.min(median), own.high.max(median)),
            None => (first, last),
        };
        Some(Self { median, low, high })
    }

    /// Half the interval as a share of the median.
    pub fn spread(&self) -> f64 {
        (self.high - self.low) / 2.0 / self.median
    }
}

/// Differences below this share are called a tie however sure they are: noise that nothing screens out can make them.
pub const MEANINGFUL: f64 = 0.01;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_lies_in_the_middle_and_in_its_interval() {
        let estimate = Estimate::of(&[5.0, 1.0, 3.0, 2.0, 4.0]).unwrap();
        assert_eq!(estimate.median, 3.0);
        assert!(estimate.low < 2.0 && estimate.high > 4.0, "{estimate:?}");
        assert_eq!(Estimate::of(&[1.0, 2.0, 4.0, 8.0]).unwrap().median, 3.0);
        let skewed = Estimate::of(&[1.0, 1.0, 1.0, 1.0, 1.0, 1.3]).unwrap();
        assert!(skewed.low <= 1.0 && skewed.high >= 1.0, "{skewed:?}");
    }

    #[test]
    fn one_sample_and_samples_without_logarithms_have_the_interval_that_they_span() {
        assert_eq!(Estimate::of(&[]), None);
        assert_eq!(Estimate::of(&[7.0]).unwrap().spread(), 0.0);
        let lost = Estimate::of(&[0.0, 2.0, 5.0]).unwrap();
        assert_eq!((lost.low, lost.median, lost.high), (0.0, 2.0, 5.0));
    }

    #[test]
    fn half_the_interval_is_the_spread() {
        let estimate = Estimate {
            median: 2.0,
            low: 1.0,
            high: 4.0,
        };
        assert_eq!(estimate.spread(), 0.75);
    }

    #[test]
    fn samples_may_come_in_any_order() {
        let estimate = Estimate::of(&[3.0, 1.0, 2.0]).unwrap();
        assert_eq!(estimate.median, 2.0);
        let single = Estimate::of(&[4.0, 0.0, 9.0, 1.0]).unwrap();
        assert_eq!((single.low, single.median, single.high), (0.0, 2.5, 9.0));
    }
}
