//! May a unit call a function that blocks? Ten calls at once should take as long as one.

use crate::judge::finding::{Finding, IN_PART};
use crate::judge::rule::{Each, Question, Rule, claim_about};
use crate::judge::threshold::Threshold;
use crate::model::experiment::NotMeasured;
use crate::model::quantity::{percent, times};
use crate::model::results::Results;
use crate::model::rows::Row;
use crate::model::rows::{BLOCKING_CALLS, BLOCKING_NAP};
use crate::model::technique::Contestant::{self, *};

pub static QUESTION: Question = Question {
    text: "If one calls a function that blocks, do the others go on?",
    file: file!(),
    source: Some("src/probes/blocking.rs"),
    row: Some(Rule {
        subject: "use blocking functions",
        words: "Ten calls block at once. Where they overlap they take as long as one, otherwise as long as ten, one after \
            another. A process for each call takes its time to start, too.",
        thresholds: &[OVERLAP, IN_TURN],
        experiments: &[Row::Blocking, Row::BlockingOffloaded],
        ladder: false,
        judge: Each::of(judge),
    }),
    claims: &[],
};

const OVERLAP: Threshold = Threshold {
    value: 0.3,
    written: percent,
    words: "less than this share of ten calls in turn is yes",
};

const IN_TURN: Threshold = Threshold {
    value: 0.9,
    written: percent,
    words: "more than this is no; between the two it is in part",
};

/// What this rule finds for a technique.
///
/// # Errors
///
/// If it was not measured.
pub fn judge(results: &Results, who: Contestant) -> Result<Finding, NotMeasured> {
    let share_of_one = share_of_one(results, who)?;
    let verdict = overlap(share_of_one);
    let mut number = format!("{BLOCKING_CALLS} calls take {}", times(share_of_one));
    if let (Asyncio, Ok(offloaded)) = (who, share(results, Row::BlockingOffloaded, who)) {
        number += &format!("; {} offloaded", times(offloaded));
    }
    let claim = claim_about(who, ["yes", "yes", "no"]);
    Ok(Finding::new(verdict, number).with_claimed_verdict(claim))
}

/// How long ten calls at once take, in units of one call's time.
///
/// # Errors
///
/// If it was not measured.
pub fn share_of_one(results: &Results, who: Contestant) -> Result<f64, NotMeasured> {
    share(results, Row::Blocking, who)
}

fn share(results: &Results, name: Row, who: Contestant) -> Result<f64, NotMeasured> {
    results.median(name, who, |run| Some(run.seconds / BLOCKING_NAP))
}

/// The verdict on calls made at once; `share_of_one` is their time in units of one call's.
fn overlap(share_of_one: f64) -> &'static str {
    match share_of_one / f64::from(BLOCKING_CALLS) {
        share if share < OVERLAP.value => "yes",
        share if share > IN_TURN.value => "no",
        _ => IN_PART,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::judge::finding::Fate;

    #[test]
    fn calls_that_overlap_may_block() {
        assert_eq!(overlap(1.1), "yes");
        assert_eq!(overlap(10.2), "no");
        assert_eq!(
            [2.9, 3.1, 8.9, 9.1].map(overlap),
            ["yes", IN_PART, IN_PART, "no"]
        );
        let results = fixtures::results().with(Row::Blocking, Asyncio, |run| run.seconds = 0.2);
        assert_eq!(judge(&results, Asyncio).unwrap().fate(), Some(Fate::Holds));
        let results = results.with(Row::Blocking, Asyncio, |run| run.seconds = 0.02);
        let finding = judge(&results, Asyncio).unwrap();
        assert_eq!(finding.fate(), Some(Fate::Refuted));
    }

    #[test]
    fn the_time_of_all_calls_stands_in_multiples_of_one() {
        let results = fixtures::results().with(Row::Blocking, Threading, |run| run.seconds = 0.08);
        let number = judge(&results, Threading).unwrap().number;
        assert_eq!(number, "10 calls take 4.00x");
    }
}
