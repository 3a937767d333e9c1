//! What does it cost to start one unit, and to see it end?

use std::iter;

use crate::judge::finding::{ALIKE, Fate, Finding, LESS, MORE, more_in_rounds};
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
        Cluster => results.median(Row::StartOne, who, |run| Some(run.seconds))?,
        _ => cost_of_start(results, who)?.median,
    };
    let thread = cost_of_start(results, Threading).ok();
    let mut number = compared("thread", cost, thread.as_ref().map(|it| it.median), who);
    if who == Cluster {
        number = ["a node until its first task is done", &number].join("; ");
    }
    let claim = match (who, thread) {
        (Multiprocessing, Some(thread)) => {
            let process = cost_of_start(results, who)?;
            Some(("slower than a thread", process.more_than(&thread)))
        }
        _ => None,
    };
    Ok(Finding::new(seconds(cost), number).with_claim(claim))
}

/// Seconds that one more takes to start and to end.
struct Cost {
    /// By the medians of all rounds.
    median: f64,
    /// Round by round, unless many took no longer than one in one of them.
    rounds: Option<Samples>,
}

impl Cost {
    /// The fate of the claim that this is more than another.
    fn more_than(&self, other: &Self) -> Fate {
        match (&self.rounds, &other.rounds) {
            (Some(rounds), Some(others)) => more_in_rounds(rounds, others),
            _ => Fate::Unsure,
        }
    }
}

fn cost_of_start(results: &Results, who: Contestant) -> Result<Cost, NotMeasured> {
    let units = |name| results.samples(name, who, |run| Some(run.receipt.units as f64));
    let took = |name| results.samples(name, who, |run| Some(run.seconds));
    let (one, one_took) = (units(Row::StartOne)?, took(Row::StartOne)?);
    let (many, many_took) = (units(Row::StartMany)?, took(Row::StartMany)?);
    let median = slope(
        (one.median(), one_took.median()),
        (many.median(), many_took.median()),
    );
    let rounds = iter::zip(one.beside(&one_took), many.beside(&many_took));
    let rounds = rounds.map(|(one, many)| slope(one, many));
    Ok(Cost {
        median: median
            .ok_or_else(|| NotMeasured::Undecided("many took no longer than one".to_owned()))?,
        rounds: rounds.collect::<Option<_>>().and_then(Samples::of),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
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
    fn a_round_in_which_many_took_no_longer_than_one_decides_nothing() {
        let round = std::cell::Cell::new(0);
        let many =
            |seconds| move |run: &mut Run| (run.seconds, run.receipt.units) = (seconds, 1001);
        let results = fixtures::results()
            .with(Row::StartMany, Multiprocessing, many(2.0))
            .with(Row::StartMany, Threading, |run| {
                round.set(round.get() + 1);
                many(if round.get() == 1 { 1.0 } else { 1.01 })(run);
            });
        let finding = judge(&results, Multiprocessing).unwrap();
        assert_eq!(finding.number, "100x a thread");
        assert_eq!(finding.fate(), Some(Fate::Unsure));
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
