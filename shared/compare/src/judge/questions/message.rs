//! What does a message there and back cost, switches included, on one core?

use crate::judge::finding::{ALIKE, Evidence, Finding, LESS, MORE, more};
use crate::judge::questions::cost::compared;
use crate::judge::rule::{Question, Rule, Together};
use crate::model::experiment::NotMeasured;
use crate::model::quantity::{seconds, times};
use crate::model::results::Results;
use crate::model::rows::Row;
use crate::model::run::Run;
use crate::model::technique::Contestant::{self, *};

pub static QUESTION: Question = Question {
    text: "What does a message there and back cost, on one core?",
    file: file!(),
    source: Some("src/probes/pingpong.rs"),
    row: Some(Rule {
        subject: "switch and message",
        words: "Two units send a message back and forth on one core, so that each message takes a switch. Processes and tasks are \
            compared with threads.",
        thresholds: &[MORE, ALIKE, LESS],
        experiments: &[Row::PingpongOneCore],
        ladder: false,
        judge,
    }),
    claims: &[Rule {
        subject: "switching tasks is cheaper than a function call",
        words: "A message to another task and back, on one core, is compared with a function call.",
        thresholds: &[MORE, ALIKE, LESS],
        experiments: &[Row::PingpongOneCore],
        ladder: false,
        judge: Together {
            who: &[Sequential, Asyncio],
            python: cheaper_than_a_call,
            rust: cheaper_than_a_call,
        },
    }],
};

fn judge(results: &Results, who: Contestant) -> Result<Finding, NotMeasured> {
    let cost = round_trip(results, who)?;
    let call = round_trip(results, Sequential);
    let thread = round_trip(results, Threading);
    let number = match who {
        Sequential => "a function call".to_owned(),
        _ => compared("call", cost, call.as_ref(), who),
    };
    let claim = match (who, thread) {
        (Multiprocessing, Ok(thread)) => Some(("slower than threads", more(cost, thread))),
        (Asyncio, Ok(thread)) => Some(("cheaper than threads", more(thread, cost))),
        _ => None,
    };
    Ok(Finding::new(seconds(cost), number).with_claim(claim))
}

/// Seconds of a message there and back on one core.
///
/// # Errors
///
/// If they were not measured.
pub fn round_trip(results: &Results, who: Contestant) -> Result<f64, NotMeasured> {
    each_message(results, who, |run| run.seconds)
}

/// The median of a reading, divided by the number of messages there and back on one core.
///
/// # Errors
///
/// If it was not measured.
pub fn each_message(
    results: &Results,
    who: Contestant,
    of: impl Fn(&Run) -> f64,
) -> Result<f64, NotMeasured> {
    let each = |run: &Run| Some(of(run) / run.receipt.units as f64);
    results.median(Row::PingpongOneCore, who, each)
}

fn cheaper_than_a_call(results: &Results) -> Evidence {
    let (task, call) = (
        round_trip(results, Asyncio)?,
        round_trip(results, Sequential)?,
    );
    Ok((more(call, task), format!("{} a call", times(task / call))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::judge::finding::Fate;

    #[test]
    fn a_task_that_switches_faster_than_a_thread_upholds_the_claim() {
        let took = |seconds| move |run: &mut Run| run.seconds = seconds;
        let fate = |results: &Results, who| judge(results, who).unwrap().fate();
        let results = fixtures::results()
            .with(Row::PingpongOneCore, Threading, took(8e-6))
            .with(Row::PingpongOneCore, Asyncio, took(5e-7))
            .with(Row::PingpongOneCore, Multiprocessing, took(8e-6));
        assert_eq!(fate(&results, Asyncio), Some(Fate::Holds));
        assert_eq!(fate(&results, Multiprocessing), Some(Fate::InPart));
        let slow = results.with(Row::PingpongOneCore, Asyncio, took(9e-5));
        assert_eq!(fate(&slow, Asyncio), Some(Fate::Refuted));
    }

    #[test]
    fn a_switch_that_takes_longer_than_a_call_refutes_that_it_is_cheaper() {
        let took = |seconds| move |run: &mut Run| run.seconds = seconds;
        let results = fixtures::results()
            .with(Row::PingpongOneCore, Sequential, took(1e-9))
            .with(Row::PingpongOneCore, Asyncio, took(1e-7));
        let (fate, number) = cheaper_than_a_call(&results).unwrap();
        assert_eq!((fate, &*number), (Fate::Refuted, "100x a call"));
    }
}
