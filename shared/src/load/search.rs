//! The search for the highest rate at which a server answers in time.

use std::fmt;
use std::io;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Kept, Load, Outcome, Run};

/// The share of the requests that must be answered in time.
const SHARE: f64 = 0.99;

/// A rate so little above one that goes well is no longer distinguished from it.
const FINE: f64 = 1.1;

/// Trials at most: enough for a rate of half a percent of what is answered.
const TRIALS: usize = 12;

/// Requests at half of the rate: ten of them lie beyond p99.9.
const REQUESTS: f64 = 10_000.0;

/// How many times as long as a trial those may take.
const LONGEST: u32 = 4;

/// How long the answers to an earlier trial may keep the next one waiting.
const SETTLING: Duration = Duration::from_secs(1);

/// A rate that was tried, and how it went.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Requests a second.
    pub rate: f64,
    /// Seconds within which 99% of them were answered.
    pub p99: f64,
    /// By how many seconds 99% of them were late at most when they were sent.
    pub late: f64,
    /// Whether none was lost or refused, and 99% were answered in time.
    pub well: bool,
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Answers a second when more requests are due than are answered.
    pub most: f64,
    /// The share of a core that the load itself took then.
    pub busy: f64,
    /// The highest rate that went well, if one did.
    pub highest: Option<f64>,
    /// All rates that were tried, in this order.
    pub trials: Vec<Trial>,
}

impl Load {
    /// Searches for the highest rate at which 99% of the requests are answered within `in_time`, and counts what comes of half
    /// of that rate, for as long as it takes to tell p99.9.
    ///
    /// More requests than are answered come first, at the load's own rate: what is answered of those is nearly what is searched
    /// for. The lowest rate that is too high is tried twice: once can be the doing of others.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub fn search(&self, in_time: Duration) -> io::Result<(Outcome, Kept)> {
        let mut run = Run::open(self)?;
        let flooded = run.ask_at(self.rate, self.time, Duration::ZERO)?;
        let mut found = Found {
            most: flooded.answered as f64 / flooded.seconds,
            busy: flooded.cpu / flooded.seconds,
            ..Found::default()
        };
        let mut bounds = Bounds::default();
        while let Some(rate) = bounds.next(found.most).filter(|rate| *rate >= 1.0)
            && found.trials.len() < TRIALS
        {
            run.settle(SETTLING)?;
            let trial = Trial::of(rate, &run.ask_at(rate, self.time, self.patience)?, in_time);
            found.trials.push(trial);
            bounds.learn(rate, trial.well);
        }
        found.highest = bounds.well;

        run.settle(SETTLING)?;
        let half = (found.highest.unwrap_or(found.most) / 2.0).max(1.0);
        let time = Duration::from_secs_f64(REQUESTS / half);
        let time = time.clamp(self.time, self.time * LONGEST);
        let mut outcome = run.ask_at(half, time, self.patience)?;
        (outcome.greeted, outcome.ended) = (run.greeted, run.ended);
        outcome.found = Some(found);
        Ok((outcome, run.keep()))
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for trial in &self.trials {
            let Trial {
                rate, p99, well, ..
            } = trial;
            let well = if *well { "in time" } else { "too high" };
            writeln!(f, "{rate:.0} requests/s: p99 {:.3} ms, {well}", 1e3 * p99)?;
        }
        write!(f, "{:.0} requests/s were answered at most; ", self.most)?;
        match self.highest {
            Some(highest) => write!(f, "{highest:.0} in time, of which half:"),
            None => write!(f, "no rate that was tried was in time"),
        }
    }
}

impl Trial {
    fn of(rate: f64, outcome: &Outcome, in_time: Duration) -> Self {
        let p99 = outcome.latencies.quantile(SHARE);
        let none_lost = outcome.refused == 0 && outcome.lost == 0;
        Self {
            rate,
            p99: p99.unwrap_or_default(),
            late: outcome.lateness.quantile(SHARE).unwrap_or_default(),
            well: none_lost && p99.is_some_and(|p99| p99 <= in_time.as_secs_f64()),
        }
    }
}

/// What is known of the rate that is searched for.
#[derive(Clone, Debug, Default, PartialEq)]
struct Bounds {
    /// The highest that went well.
    well: Option<f64>,
    /// Those above it that did not, each lower than the one before.
    too_high: Vec<f64>,
    /// Whether the lowest of them was tried twice.
    twice: bool,
}

impl Bounds {
    /// The rate to try next, of a server that answers `most` requests a second at all; `None` if the rate is found.
    fn next(&self, most: f64) -> Option<f64> {
        match (self.well, self.too_high.last().copied()) {
            (None, None) => Some(0.9 * most),
            // A load that is too high takes time from the server: it may do better at less.
            (Some(well), None) => Some(FINE * well),
            // Each step down is as long as all before, or a low rate would take too many.
            (None, Some(too_high)) => {
                let steps = self.too_high.len() as i32 - 1;
                Some(too_high * 0.7_f64.powi(1 << steps.min(10)))
            }
            (Some(well), Some(too_high)) if too_high <= FINE * well => {
                (!self.twice).then_some(too_high)
            }
            (Some(well), Some(too_high)) => Some((well * too_high).sqrt()),
        }
    }

    fn learn(&mut self, rate: f64, well: bool) {
        if well {
            self.well = Some(rate);
            // What was too high once, and is so no more.
            self.too_high.retain(|too_high| *too_high > rate);
            self.twice = false;
        } else if self.too_high.last() == Some(&rate) {
            self.twice = true;
        } else {
            self.too_high.push(rate);
            self.twice = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rates that are tried at a server that answers so many at all, and for which a rate goes well at the trial of this number.
    fn tried(most: f64, goes_well: impl Fn(usize, f64) -> bool) -> (Bounds, Vec<f64>) {
        let (mut bounds, mut rates) = (Bounds::default(), Vec::new());
        while let Some(rate) = bounds.next(most).filter(|rate| *rate >= 1.0)
            && rates.len() < TRIALS
        {
            bounds.learn(rate, goes_well(rates.len(), rate));
            rates.push(rate);
        }
        (bounds, rates)
    }

    fn is_found(limit: f64, (bounds, rates): &(Bounds, Vec<f64>)) {
        let well = bounds.well.expect("a rate");
        let too_high = *bounds.too_high.last().expect("a rate");
        assert!(
            well <= limit && limit < too_high,
            "{limit}: {bounds:?} {rates:?}"
        );
        assert!(too_high <= 1.1 * well, "{limit}: {bounds:?} {rates:?}");
        assert!(bounds.twice, "{limit}: {bounds:?} {rates:?}");
        assert!(bounds.next(10_000.0).is_none(), "{limit}: {bounds:?}");
    }

    #[test]
    fn the_highest_rate_is_found_to_ten_percent_in_few_trials_wherever_it_lies() {
        for percent in 1..=150 {
            let limit = f64::from(percent) * 100.0;
            is_found(limit, &tried(10_000.0, |_, rate| rate <= limit));
        }
        // The usual case: a server is in time until shortly before it can do no more.
        assert_eq!(tried(10_000.0, |_, rate| rate <= 9_500.0).1.len(), 3);
    }

    #[test]
    fn a_trial_that_others_disturb_is_tried_again_before_it_counts() {
        for disturbed in 0..3 {
            let limit = 9_500.0;
            let trials = tried(10_000.0, |trial, rate| trial != disturbed && rate <= limit);
            is_found(limit, &trials);
        }
    }

    #[test]
    fn a_rate_goes_well_if_none_is_lost_and_99_percent_are_in_time() {
        let outcome = |slow: u64, lost| {
            let mut outcome = Outcome {
                lost,
                ..Outcome::default()
            };
            outcome.latencies.add(1_000_000, 1000 - slow);
            outcome.latencies.add(20_000_000, slow.max(1));
            outcome
        };
        let well = |slow, lost| {
            let in_time = Duration::from_millis(10);
            Trial::of(100.0, &outcome(slow, lost), in_time).well
        };
        assert!(well(9, 0));
        assert!(!well(20, 0));
        assert!(!well(9, 1));
        let nothing = Trial::of(1.0, &Outcome::default(), Duration::from_secs(1));
        assert!(!nothing.well, "without an answer there is nothing to say");
    }
}
