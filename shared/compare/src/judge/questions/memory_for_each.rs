//! How much memory does one more unit take? A slope over the steps of the ladder.

use crate::judge::finding::{ALIKE, Finding, LESS, MORE, more};
use crate::judge::questions::cost::{compared, slope};
use crate::judge::rule::{Each, Question, Rule};
use crate::model::experiment::NotMeasured;
use crate::model::quantity::bytes;
use crate::model::results::Results;
use crate::model::rows::Row;
use crate::model::run::{Outcome, Run};
use crate::model::technique::Contestant::{self, *};

/// The name of its row.
pub const SUBJECT: &str = "memory for each";

pub static QUESTION: Question = Question {
    text: "How much memory does one more take?",
    file: file!(),
    source: Some("src/probes/sleepers.rs"),
    row: Some(Rule {
        subject: SUBJECT,
        words: "The memory of the ladder's first step is taken from that of its last, and the rest divided by the difference in number, \
            so that the program's own memory does not count. What a process takes is compared with what a thread does.",
        thresholds: &[MORE, ALIKE, LESS],
        experiments: &[],
        ladder: true,
        judge: Each::of(judge),
    }),
    claims: &[],
};

fn judge(results: &Results, who: Contestant) -> Result<Finding, NotMeasured> {
    let each = slope_of(results, who)?;
    let thread = slope_of(results, Threading);
    let number = compared("thread", each, thread.ok(), who);
    let claim = match (who, slope_of(results, Multiprocessing)) {
        (Threading, Ok(process)) => Some(("lighter than a process", more(process, each))),
        _ => None,
    };
    Ok(Finding::new(bytes(each), number).with_claim(claim))
}

/// Bytes that one more unit takes.
///
/// # Errors
///
/// If its memory was not seen to grow.
pub fn slope_of(results: &Results, who: Contestant) -> Result<f64, NotMeasured> {
    if who == Cluster {
        return of_a_node(results);
    }
    let ladder = results.ladder(who)?;
    let memory = |run: &Run| run.peak.map(|peak| peak.memory as f64);
    let mut sizes = ladder
        .good()
        .filter_map(|(step, run)| Some((step.units as f64, memory(run)?)));
    let undecided = |reason: &str| NotMeasured::Undecided(reason.to_owned());
    match (sizes.next(), sizes.next_back()) {
        (Some(first), Some(last)) => {
            slope(first, last).ok_or_else(|| undecided("many took no more memory than one"))
        }
        _ => Err(undecided("never more than one alive")),
    }
}

/// Bytes that one more node takes, with its worker process.
fn of_a_node(results: &Results) -> Result<f64, NotMeasured> {
    let seen = |name| {
        let cell = results.cell(name, Cluster)?;
        let run = cell.warm_up.as_ref().and_then(Outcome::run);
        let run = run.ok_or(NotMeasured::NoRun)?;
        let peak = run.peak.ok_or(NotMeasured::NoRun)?;
        Ok((run.receipt.units as f64, peak.memory as f64))
    };
    let more = slope(seen(Row::StartOne)?, seen(Row::StartMany)?);
    more.ok_or_else(|| NotMeasured::Undecided("many took no more memory than one".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::judge::finding::Fate;

    #[test]
    fn memory_for_each_is_a_slope_and_not_a_share() {
        let results = fixtures::results()
            .with_ladder(Threading, &[1, 10, 1000], 9 * 1024)
            .with_ladder(Multiprocessing, &[1, 10, 100], 300 * 1024);
        let finding = judge(&results, Threading).unwrap();
        assert_eq!(finding.verdict, "9.00 KiB");
        assert_eq!(finding.claim, Some(("lighter than a process", Fate::Holds)));
        let heavy = fixtures::results()
            .with_ladder(Threading, &[1, 10], 400 * 1024)
            .with_ladder(Multiprocessing, &[1, 10], 300 * 1024);
        let finding = judge(&heavy, Threading).unwrap();
        assert_eq!(finding.fate(), Some(Fate::Refuted));
    }

    #[test]
    fn many_that_take_no_more_memory_than_one_measure_nothing() {
        let as_heavy = fixtures::results().with_ladder(Threading, &[1, 10], 0);
        let missing = judge(&as_heavy, Threading).unwrap_err();
        assert_eq!(
            missing.to_string(),
            "not measured: many took no more memory than one"
        );
    }

    #[test]
    fn a_node_takes_what_the_last_of_many_adds() {
        let nodes = |results: Results, name, units, memory| {
            results.with_warm_up(name, Cluster, |run| {
                run.receipt.units = units;
                run.peak.as_mut().unwrap().memory = memory;
            })
        };
        let results = nodes(fixtures::with_machines(), Row::StartOne, 1, 30 << 20);
        let results = nodes(results, Row::StartMany, 5, 70 << 20);
        assert_eq!(of_a_node(&results), Ok(f64::from(10 << 20)));
        assert_eq!(judge(&results, Cluster).unwrap().verdict, "10.0 MiB");
        let lighter = nodes(results, Row::StartMany, 5, 20 << 20);
        assert!(of_a_node(&lighter).is_err());
    }
}
