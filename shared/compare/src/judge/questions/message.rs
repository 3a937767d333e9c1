//! What does a message there and back cost, switches included, on one core?

use crate::judge::finding::{ALIKE, Fate, Finding, LESS, MORE, more_in_rounds};
use crate::judge::rule::{Each, Question, Rule};
use crate::model::experiment::NotMeasured;
use crate::model::quantity::{seconds, times};
use crate::model::results::Results;
use crate::model::rows::Row;
use crate::model::run::Run;
use crate::model::stats::Samples;
use crate::model::technique::Contestant::{self, *};

pub static QUESTION: Question = Question {
    text: "What does a message there and back cost, on one core?",
    file: file!(),
    source: Some("src/probes/pingpong.rs"),
    row: Some(Rule {
        subject: "switch and message",
        words: "Two units send a message back and forth on one core, so that each message takes a switch: once between sides that sleep until \
            it comes, once between sides that look for it for a while before they sleep. Processes and tasks are compared with threads, \
            sleeping with sleeping and looking with looking, though not for the same time: threads look for about a microsecond, as their channel does, \
            processes and tasks 200 times. Where the two disagree it depends on the wait. The cluster's caller alone is on that \
            core: a message goes through the broker to a node.",
        thresholds: &[MORE, ALIKE, LESS],
        experiments: &[Row::PingpongOneCore, Row::PingpongSpinningOneCore],
        ladder: false,
        judge: Each::of(judge).beside(&[Threading]),
    }),
    claims: &[],
};

fn judge(results: &Results, who: Contestant) -> Result<Finding, NotMeasured> {
    if who == Sequential {
        return Ok(Finding::new(
            seconds(call(results)?.median()),
            "a function call",
        ));
    }
    if who == Cluster {
        return Ok(Finding::new(
            seconds(trip(results, Row::PingpongOneCore, who)?.median()),
            "",
        ));
    }
    let trips = Trips::on_one_core(results, who)?;
    let threads = Trips::on_one_core(results, Threading).ok();
    Ok(trips.finding(who, threads.as_ref()))
}

/// Seconds of a function call.
///
/// # Errors
///
/// If it was not measured.
pub fn call(results: &Results) -> Result<Samples, NotMeasured> {
    trip(results, Row::PingpongOneCore, Sequential)
}

/// Seconds of a message there and back, by how its sides wait for it.
#[derive(Debug)]
pub struct Trips {
    /// They sleep until it comes.
    pub asleep: Samples,
    /// They look for it for a while before they sleep.
    pub spinning: Samples,
}

impl Trips {
    /// Both sides share one core.
    ///
    /// # Errors
    ///
    /// If they were not measured.
    pub fn on_one_core(results: &Results, who: Contestant) -> Result<Self, NotMeasured> {
        Ok(Self {
            asleep: trip(results, Row::PingpongOneCore, who)?,
            spinning: trip(results, Row::PingpongSpinningOneCore, who)?,
        })
    }

    /// On cores as the system likes.
    ///
    /// # Errors
    ///
    /// If they were not measured.
    pub fn on_any_core(results: &Results, who: Contestant) -> Result<Self, NotMeasured> {
        Ok(Self {
            asleep: trip(results, Row::PingpongAnyCore, who)?,
            spinning: trip(results, Row::PingpongSpinningAnyCore, who)?,
        })
    }

    /// What is found for `who`, beside the same of threads.
    pub fn finding(&self, who: Contestant, threads: Option<&Self>) -> Finding {
        let medians = |trips: &Self| [trips.asleep.median(), trips.spinning.median()];
        let both = medians(self).map(seconds);
        let [asleep, spinning] = both;
        let compared = threads.filter(|_| who != Threading);
        let factors = compared.map(|threads| {
            let ([asleep, spinning], threads) = (medians(self), medians(threads));
            [times(asleep / threads[0]), times(spinning / threads[1])]
        });
        let beside = match factors {
            Some([asleep, spinning]) => format!("; {asleep} a thread's, {spinning} spinning"),
            None => String::new(),
        };
        let claim = compared.and_then(|threads| match who {
            Multiprocessing => Some(("slower than threads", self.more_than(threads))),
            Asyncio => Some(("cheaper than threads", threads.more_than(self))),
            _ => None,
        });
        match claim {
            Some((claim, None)) => Finding::new(
                DEPENDS,
                format!("{asleep} asleep, {spinning} spinning{beside}"),
            )
            .with_claim(Some((claim, Fate::InPart))),
            claim => Finding::new(asleep, format!("{spinning} spinning{beside}"))
                .with_claim(claim.and_then(|(claim, fate)| Some((claim, fate?)))),
        }
    }

    /// The fate of the claim that these are more than those; `None` where it depends on the wait.
    fn more_than(&self, others: &Self) -> Option<Fate> {
        let asleep = more_in_rounds(&self.asleep, &others.asleep);
        let spinning = more_in_rounds(&self.spinning, &others.spinning);
        match (asleep, spinning) {
            (Fate::Unsure, _) | (_, Fate::Unsure) => Some(Fate::Unsure),
            (one, other) => (one == other).then_some(one),
        }
    }
}

/// The verdict where sides that sleep and sides that look answer otherwise.
const DEPENDS: &str = "depends on the wait";

/// Seconds of a message there and back in this row.
///
/// # Errors
///
/// If it was not measured.
pub fn trip(results: &Results, row: Row, who: Contestant) -> Result<Samples, NotMeasured> {
    results.samples(row, who, |run: &Run| {
        Some(run.seconds / run.receipt.units as f64)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    /// Seconds asleep, and spinning.
    fn took(results: Results, who: Contestant, [asleep, spinning]: [f64; 2]) -> Results {
        results
            .with(Row::PingpongOneCore, who, |run| run.seconds = asleep)
            .with(Row::PingpongSpinningOneCore, who, |run| {
                run.seconds = spinning;
            })
    }

    #[test]
    fn sleeping_is_compared_with_sleeping_and_looking_with_looking() {
        let results = took(fixtures::results(), Threading, [8e-6, 1e-6]);
        let results = took(results, Asyncio, [5e-7, 5e-7]);
        let results = took(results, Multiprocessing, [8.2e-6, 1.04e-6]);
        let found = |results: &Results, who| judge(results, who).unwrap();
        assert_eq!(found(&results, Asyncio).fate(), Some(Fate::Holds));
        let processes = found(&results, Multiprocessing);
        assert_eq!(processes.fate(), Some(Fate::InPart));
        assert_eq!(
            (&*processes.verdict, &*processes.number),
            (
                "8.20 µs",
                "1.04 µs spinning; 1.02x a thread's, 1.04x spinning"
            )
        );
        let slow = took(results, Asyncio, [9e-5, 9e-5]);
        assert_eq!(found(&slow, Asyncio).fate(), Some(Fate::Refuted));
        assert_eq!(found(&slow, Sequential).number, "a function call");
    }

    #[test]
    fn where_the_two_waits_disagree_it_depends_on_the_wait() {
        let results = took(fixtures::results(), Threading, [40e-6, 1e-6]);
        let found = |trips| {
            judge(
                &took(results.clone(), Multiprocessing, trips),
                Multiprocessing,
            )
            .unwrap()
        };
        let finding = found([41e-6, 5e-6]);
        assert_eq!(finding.fate(), Some(Fate::InPart));
        assert_eq!(finding.verdict, "depends on the wait");
        assert_eq!(
            finding.number,
            "41.0 µs asleep, 5.00 µs spinning; 1.02x a thread's, 5.00x spinning"
        );
        assert_eq!(found([46e-6, 5e-6]).fate(), Some(Fate::Unsure));
        assert_eq!(found([51e-6, 5e-6]).fate(), Some(Fate::Holds));
        assert_eq!(found([31e-6, 0.7e-6]).fate(), Some(Fate::Refuted));
    }

    #[test]
    fn a_message_takes_its_share_of_the_time_of_all() {
        let results = fixtures::results().with(Row::PingpongOneCore, Threading, |run| {
            run.receipt.units = 1000;
            run.seconds = 0.008;
        });
        let trip = trip(&results, Row::PingpongOneCore, Threading);
        assert_eq!(trip.map(|trip| trip.median()), Ok(8e-6));
    }
}
