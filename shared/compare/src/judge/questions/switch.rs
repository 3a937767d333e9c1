//! What does a bare switch cost? Two units on one core give way to each other, and hand nothing over.

use crate::judge::finding::{ALIKE, Evidence, Finding, LESS, MORE, more_in_rounds};
use crate::judge::questions::cost::compared;
use crate::judge::questions::message::call;
use crate::judge::rule::{Each, Question, Rule, Together};
use crate::judge::threshold::Threshold;
use crate::model::experiment::NotMeasured;
use crate::model::quantity::{percent, seconds, times};
use crate::model::results::Results;
use crate::model::rows::Row;
use crate::model::run::Run;
use crate::model::stats::Samples;
use crate::model::technique::Contestant::{self, *};

pub static QUESTION: Question = Question {
    text: "What does a bare switch cost, on one core?",
    file: file!(),
    source: Some("src/probes/switch.rs"),
    row: Some(Rule {
        subject: "switch",
        words: "Two units give way to each other in turn on one core, and hand nothing over. Threads and processes ask the system for that \
            (sched_yield), tasks their event loop (yield_now; in Python, sleep(0)); one after another a coroutine is resumed by hand. Processes and \
            tasks are compared with threads.",
        thresholds: &[SWITCHED, MORE, ALIKE, LESS],
        experiments: &[Row::Switch],
        ladder: false,
        judge: Each::of(judge).beside(&[Threading]),
    }),
    claims: &[Rule {
        subject: "switching tasks is cheaper than a function call",
        words: "A bare switch to another task, on one core, is compared with a function call. A coroutine that is resumed by hand stands \
            beside it.",
        thresholds: &[MORE, ALIKE, LESS],
        experiments: &[Row::Switch, Row::PingpongOneCore],
        ladder: false,
        judge: Together {
            who: &[Sequential, Asyncio],
            python: cheaper_than_a_call,
            rust: cheaper_than_a_call,
        },
    }],
};

const SWITCHED: Threshold = Threshold {
    value: 0.9,
    written: percent,
    words: "if the system switches at fewer of the yields, nothing was measured",
};

fn judge(results: &Results, who: Contestant) -> Result<Finding, NotMeasured> {
    let cost = switch(results, who)?;
    let thread = switch(results, Threading);
    let of_call = call(results).ok().map(|call| call.median());
    let number = compared("call", cost.median(), of_call, who);
    let number = match who {
        Sequential => format!("a coroutine resumed by hand; {number}"),
        _ => number,
    };
    let claim = match (who, thread) {
        (Multiprocessing, Ok(thread)) => {
            Some(("slower than threads", more_in_rounds(&cost, &thread)))
        }
        (Asyncio, Ok(thread)) => Some(("cheaper than threads", more_in_rounds(&thread, &cost))),
        _ => None,
    };
    Ok(Finding::new(seconds(cost.median()), number).with_claim(claim))
}

/// Seconds of a bare switch.
fn switch(results: &Results, who: Contestant) -> Result<Samples, NotMeasured> {
    if matches!(who, Threading | Multiprocessing) {
        let switched = |run: &Run| {
            let switches = run.voluntary + run.involuntary;
            Some(switches as f64 / run.receipt.units as f64)
        };
        let share = results.median(Row::Switch, who, switched)?;
        if share < SWITCHED.value {
            let reason = format!("the system switched at {} of the yields", percent(share));
            return Err(NotMeasured::Undecided(reason));
        }
    }
    let each = |run: &Run| Some(run.seconds / run.receipt.units as f64);
    results.samples(Row::Switch, who, each)
}

fn cheaper_than_a_call(results: &Results) -> Evidence {
    let (task, coroutine) = (switch(results, Asyncio)?, switch(results, Sequential)?);
    let call = call(results)?;
    let number = format!(
        "{} a call; a coroutine resumed by hand {}",
        times(task.median() / call.median()),
        times(coroutine.median() / call.median())
    );
    Ok((more_in_rounds(&call, &task), number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::judge::finding::Fate;

    /// Two switches, as the system counts them too, each of which took so long.
    fn took(seconds: f64) -> impl Fn(&mut Run) {
        move |run| {
            (run.seconds, run.receipt.units) = (2.0 * seconds, 2);
            (run.voluntary, run.involuntary) = (0, 2);
        }
    }

    #[test]
    fn a_task_that_switches_faster_than_a_thread_upholds_the_claim() {
        let results = fixtures::results()
            .with(Row::Switch, Threading, took(8e-7))
            .with(Row::Switch, Multiprocessing, took(8.1e-7))
            .with(Row::Switch, Asyncio, took(1e-7));
        let by_hand = judge(&results, Sequential).unwrap().number;
        assert!(
            by_hand.starts_with("a coroutine resumed by hand; "),
            "{by_hand}"
        );
        let fate = |results: &Results, who| judge(results, who).unwrap().fate();
        assert_eq!(fate(&results, Threading), None);
        assert_eq!(fate(&results, Asyncio), Some(Fate::Holds));
        assert_eq!(fate(&results, Multiprocessing), Some(Fate::InPart));
        let between = results.with(Row::Switch, Asyncio, took(7e-7));
        assert_eq!(fate(&between, Asyncio), Some(Fate::Unsure));
        let slow = between.with(Row::Switch, Asyncio, took(9e-6));
        assert_eq!(fate(&slow, Asyncio), Some(Fate::Refuted));
    }

    #[test]
    fn a_switch_that_takes_longer_than_a_call_refutes_that_it_is_cheaper() {
        let results = fixtures::results()
            .with(Row::PingpongOneCore, Sequential, |run| run.seconds = 1e-9)
            .with(Row::Switch, Sequential, took(2e-9));
        let judged =
            |task| cheaper_than_a_call(&results.clone().with(Row::Switch, Asyncio, took(task)));
        let (fate, number) = judged(1e-7).unwrap();
        assert_eq!(fate, Fate::Refuted);
        assert_eq!(number, "100x a call; a coroutine resumed by hand 2.00x");
        for (task, fate) in [
            (1.2e-9, Fate::Unsure),
            (1.05e-9, Fate::InPart),
            (0.5e-9, Fate::Holds),
        ] {
            assert_eq!(judged(task).unwrap().0, fate, "{task}");
        }
    }

    #[test]
    fn yields_at_which_the_system_goes_on_with_the_same_thread_measure_no_switch() {
        let at = |share: f64| {
            let results = fixtures::results().with(Row::Switch, Threading, |run| {
                run.receipt.units = 100;
                (run.voluntary, run.involuntary) = (0, (100.0 * share) as u64);
            });
            judge(&results, Threading)
        };
        assert!(at(0.91).is_ok());
        let missing = at(0.89).unwrap_err();
        assert_eq!(
            missing.to_string(),
            "not measured: the system switched at 89% of the yields"
        );
    }
}
