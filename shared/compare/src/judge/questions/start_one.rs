//! What does it cost to start one unit, and to see it end?

use std::iter;

use crate::judge::finding::{ALIKE, Finding, LESS, MORE, more_in_rounds};
use crate::judge::questions::cost::{compared, slope};
use crate::judge::rule::{Each, Question, Rule};
use crate::model::experiment::NotMeasured;
use crate::model::quantity::seconds;
use crate::model::results::Results;
use crate::model::rows::Row;
use crate::model::stats::Samples;
use crate::model::technique::Contestant::{self, *};

/// The name of its row.
pub const SUBJECT: &str = "start one";

pub static QUESTION: Question = Question {
    text: "What does it cost to start one, and to see it end?",
    file: file!(),
    source: Some("src/probes/sleepers.rs"),
    row: Some(Rule {
        subject: SUBJECT,
        words: "The time of one unit is taken from that of many, and the rest divided by the difference in number, so that the program's \
            own start does not count. A node of the cluster is started once, alone, and is timed until it has done its first task. The kernel clears away after thousands of units, so \
                only programs that take over a fifth of the CPU disturb it. What a process costs is compared with what a thread does.",
        thresholds: &[MORE, ALIKE, LESS],
        experiments: &[Row::StartOne, Row::StartMany],
        ladder: false,
        judge: Each::of(judge).beside(&[Threading]),
    }),
    claims: &[],
};

fn judge(results: &Results, who: Contestant) -> Result<Finding, NotMeasured> {
    if who == Sequential {
        results.experiment(Row::StartOne)?;
        return Ok(Finding::new("nothing to start", ""));
    }
    let cost = match who {
        Cluster => results.samples(Row::StartOne, who, |run| Some(run.seconds))?,
        _ => cost_of_start(results, who)?,
    };
    let thread = cost_of_start(results, Threading);
    let of_thread = thread.as_ref().ok().map(Samples::median);
    let mut number = compared("thread", cost.median(), of_thread, who);
    if who == Cluster {
        number = ["a node until its first task is done", &number].join("; ");
    }
    let claim = match (who, thread) {
        (Multiprocessing, Ok(thread)) => {
            Some(("slower than a thread", more_in_rounds(&cost, &thread)))
        }
        _ => None,
    };
    Ok(Finding::new(seconds(cost.median()), number).with_claim(claim))
}

/// Seconds that one more takes to start and to end, round by round.
fn cost_of_start(results: &Results, who: Contestant) -> Result<Samples, NotMeasured> {
    let points = |name| {
        let units = results.samples(name, who, |run| Some(run.receipt.units as f64))?;
        let took = results.samples(name, who, |run| Some(run.seconds))?;
        Ok(units.beside(&took).collect::<Vec<_>>())
    };
    let rounds = iter::zip(points(Row::StartOne)?, points(Row::StartMany)?);
    rounds
        .map(|(one, many)| slope(one, many))
        .collect::<Option<_>>()
        .and_then(Samples::of)
        .ok_or_else(|| NotMeasured::Undecided("many took no longer than one".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::judge::finding::Fate;
    use crate::model::run::Run;

    #[test]
    fn starting_one_is_a_slope_between_one_and_many() {
        let many = |seconds| {
            move |run: &mut Run| {
                run.seconds = seconds;
                run.receipt.units = 1001;
            }
        };
        let results = fixtures::results()
            .with(Row::StartMany, Threading, many(1.01))
            .with(Row::StartMany, Multiprocessing, many(2.0));
        assert_eq!(judge(&results, Threading).unwrap().verdict, "10.0 µs");
        let finding = judge(&results, Multiprocessing).unwrap();
        assert_eq!(
            (&*finding.verdict, &*finding.number),
            ("1.00 ms", "100x a thread")
        );
        assert_eq!(finding.claim, Some(("slower than a thread", Fate::Holds)));
    }

    #[test]
    fn many_that_take_no_longer_than_one_measure_nothing() {
        let as_long = fixtures::results().with(Row::StartMany, Threading, |run| {
            run.receipt.units = 1001;
        });
        let missing = judge(&as_long, Threading).unwrap_err();
        assert_eq!(
            missing.to_string(),
            "not measured: many took no longer than one"
        );
    }

    #[test]
    fn a_node_costs_what_it_takes_until_its_first_task_is_done() {
        let results = fixtures::with_machines()
            .with(Row::StartOne, Cluster, |run| run.seconds = 0.25)
            .with(Row::StartMany, Cluster, |run| run.receipt.units = 5);
        let finding = judge(&results, Cluster).unwrap();
        assert_eq!(finding.verdict, "250 ms");
        assert!(
            finding
                .number
                .starts_with("a node until its first task is done; "),
            "{}",
            finding.number
        );
    }
}
