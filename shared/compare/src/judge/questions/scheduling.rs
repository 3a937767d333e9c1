//! Who decides when to switch? A ticker, which is due every millisecond, shares one core with a computation.

use crate::judge::finding::{Evidence, Fate, Finding, NOT_DECIDED};
use crate::judge::rule::{Each, Question, Rule, Together, claim_about};
use crate::judge::threshold::Threshold;
use crate::model::experiment::NotMeasured;
use crate::model::quantity::{percent, seconds};
use crate::model::results::Results;
use crate::model::rows::Row;
use crate::model::technique::Contestant::{self, *};

pub static QUESTION: Question = Question {
    text: "Who decides when to switch?",
    file: file!(),
    source: Some("src/probes/ticker.rs"),
    row: Some(Rule {
        subject: "scheduling",
        words: WORDS,
        thresholds: &[PREEMPTIVE, COOPERATIVE],
        experiments: &[Row::Ticker],
        ladder: false,
        judge: Each::of(judge),
    }),
    claims: &[Rule {
        subject: "one task that does not yield stops all others",
        words: WORDS,
        thresholds: &[PREEMPTIVE, COOPERATIVE],
        experiments: &[Row::Ticker],
        ladder: false,
        judge: Together {
            who: &[Asyncio],
            python: stops_all_others,
            rust: stops_all_others,
        },
    }],
};

const WORDS: &str = "A ticker, a unit that is due every millisecond, shares one core with a computation that never gives way. \
    The longest gap between two ticks is compared with the computation's time: a gap of nearly all of it means that the computation had to give way by \
    itself. Sequential work has nothing to switch. The cluster's computation is on a node, which is \
    not confined to that core.";

const PREEMPTIVE: Threshold = Threshold {
    value: 0.5,
    written: percent,
    words: "a gap of less than this share of the computation's time is preemptive",
};

const COOPERATIVE: Threshold = Threshold {
    value: 0.9,
    written: percent,
    words: "a gap of more is cooperative; between the two it is not decided",
};

fn judge(results: &Results, who: Contestant) -> Result<Finding, NotMeasured> {
    let (gap, computing) = gap_and_computing(results, who)?;
    let verdict = match switching(gap, computing) {
        "cooperative" if who == Sequential => "none",
        switching => switching,
    };
    let other = if who == Cluster { "a node" } else { "another" };
    let number = format!(
        "waited {} while {other} computed for {}",
        seconds(gap),
        seconds(computing)
    );
    let claim = claim_about(who, ["preemptive", "preemptive", "cooperative"]);
    Ok(Finding::new(verdict, number).with_claimed_verdict(claim))
}

/// Seconds: the longest gap between two ticks, and the computation's time.
fn gap_and_computing(results: &Results, who: Contestant) -> Result<(f64, f64), NotMeasured> {
    let gap = results.median(Row::Ticker, who, |run| {
        run.receipt.readings.get("longest_gap").copied()
    })?;
    let computing = results.median(Row::Ticker, who, |run| Some(run.seconds))?;
    Ok((gap, computing))
}

fn switching(gap: f64, computing: f64) -> &'static str {
    match gap / computing {
        share if share < PREEMPTIVE.value => "preemptive",
        share if share > COOPERATIVE.value => "cooperative",
        _ => NOT_DECIDED,
    }
}

fn stops_all_others(results: &Results) -> Evidence {
    let (gap, computing) = gap_and_computing(results, Asyncio)?;
    let fate = match switching(gap, computing) {
        "cooperative" => Fate::Holds,
        "preemptive" => Fate::Refuted,
        _ => Fate::Unsure,
    };
    let number = format!(
        "no other task ran for {} of {}",
        seconds(gap),
        seconds(computing)
    );
    Ok((fate, number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::model::run::Run;

    fn gap(seconds: f64) -> impl Fn(&mut Run) {
        move |run| run.receipt = run.receipt.clone().with_reading("longest_gap", seconds)
    }

    #[test]
    fn a_ticker_that_waits_for_the_computation_has_not_interrupted_it() {
        assert_eq!(switching(0.008, 0.2), "preemptive");
        assert_eq!(switching(0.2, 0.2), "cooperative");
        assert_eq!(switching(0.49, 1.0), "preemptive");
        assert_eq!(switching(0.51, 1.0), NOT_DECIDED);
        assert_eq!(switching(0.89, 1.0), NOT_DECIDED);
        assert_eq!(switching(0.91, 1.0), "cooperative");
    }

    #[test]
    fn a_starved_thread_refutes_that_threads_are_preempted() {
        let quick = fixtures::results().with(Row::Ticker, Threading, gap(0.01));
        assert_eq!(judge(&quick, Threading).unwrap().fate(), Some(Fate::Holds));
        let starved = quick.with(Row::Ticker, Threading, gap(1.0));
        let finding = judge(&starved, Threading).unwrap();
        assert_eq!(finding.fate(), Some(Fate::Refuted));
        let alone = starved.with(Row::Ticker, Sequential, gap(1.0));
        assert_eq!(judge(&alone, Sequential).unwrap().verdict, "none");
    }

    #[test]
    fn a_task_beside_which_others_ran_refutes_that_it_stops_them() {
        let stopped = fixtures::results().with(Row::Ticker, Asyncio, gap(1.0));
        assert_eq!(stops_all_others(&stopped).unwrap().0, Fate::Holds);
        assert_eq!(judge(&stopped, Asyncio).unwrap().verdict, "cooperative");
        let between = stopped.clone().with(Row::Ticker, Asyncio, gap(0.7));
        assert_eq!(stops_all_others(&between).unwrap().0, Fate::Unsure);
        assert_eq!(judge(&between, Asyncio).unwrap().fate(), Some(Fate::Unsure));
        let ran = stopped.with(Row::Ticker, Asyncio, gap(0.01));
        assert_eq!(stops_all_others(&ran).unwrap().0, Fate::Refuted);
    }

    #[test]
    fn an_experiment_that_was_left_out_is_not_measured() {
        let results = fixtures::results().without(Row::Ticker);
        let missing = judge(&results, Threading).unwrap_err();
        assert_eq!(missing, NotMeasured::LeftOut("ticker".to_owned()));
        assert_eq!(missing.to_string(), "not measured: ticker was left out");
    }
}
