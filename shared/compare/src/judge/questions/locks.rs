//! Where are locks needed? Two workers count to a million each, without one.

use crate::judge::finding::{Evidence, Fate};
use crate::judge::rule::{Question, Rule, Together};
use crate::model::experiment::NotMeasured;
use crate::model::quantity::count;
use crate::model::results::Results;
use crate::model::technique::Contestant::{self, *};

pub static QUESTION: Question = Question {
    text: "Where are locks needed?",
    file: file!(),
    source: Some("src/probes/race.rs"),
    row: None,
    // Noise loses no count.
    claims: &[
        Rule {
            subject: "async needs no locks",
            words: "Two tasks add to one number without a lock, once between two awaits and once across one. If counts are lost between \
                awaits, the claim is refuted; if they are lost across one alone, it has changed. In Rust a loop of several threads is \
                shown beside it.",
            thresholds: &[],
            experiments: &[],
            ladder: false,
            judge: Together {
                who: &[],
                python: no_locks,
                rust: no_locks_in_rust,
            },
        },
        Rule {
            subject: "a switch may come in the middle of x = x + 1",
            words: "Two threads add to one number without a lock. Counts lost uphold the claim; counts lost only where a call stands in \
                the middle change it. In Rust a plain number does not compile, so it is an atomic, read in one step and written in \
                another: counts lost there change the claim.",
            thresholds: &[],
            experiments: &[],
            ladder: false,
            judge: Together {
                who: &[],
                python: in_the_middle,
                rust: in_the_middle_in_rust,
            },
        },
    ],
};

/// Counts lost by two workers, of a million each.
fn lost(results: &Results, name: &str, who: Contestant) -> Result<f64, NotMeasured> {
    results.median(name, who, |run| run.receipt.readings.get("lost").copied())
}

fn no_locks(results: &Results) -> Evidence {
    let (between, across) = (
        lost(results, "race", Asyncio)?,
        lost(results, "race-call", Asyncio)?,
    );
    let number = format!(
        "{} counts lost between awaits, {} across one",
        count(between as u64),
        count(across as u64)
    );
    Ok((needless(between, across), number))
}

fn no_locks_in_rust(results: &Results) -> Evidence {
    let (fate, number) = no_locks(results)?;
    let spread = lost(results, "race", AsyncioMultiThread)?;
    let number = format!("{number}, {} on several threads", count(spread as u64));
    Ok((fate, number))
}

fn in_the_middle(results: &Results) -> Evidence {
    let (plain, call) = (
        lost(results, "race", Threading)?,
        lost(results, "race-call", Threading)?,
    );
    let number = format!(
        "{} counts lost, {} with a call in the middle",
        count(plain as u64),
        count(call as u64)
    );
    let fate = match needless(plain, call) {
        Fate::Holds => Fate::Refuted,
        Fate::Refuted => Fate::Holds,
        unclear => unclear,
    };
    Ok((fate, number))
}

fn in_the_middle_in_rust(results: &Results) -> Evidence {
    let lost = lost(results, "race", Threading)?;
    let fate = if lost > 0.0 {
        Fate::Changed
    } else {
        Fate::Refuted
    };
    let number = format!(
        "a plain x does not compile; {} counts of an atomic one lost",
        count(lost as u64)
    );
    Ok((fate, number))
}

/// The fate of the claim that locks are needless, by the counts lost without an interruption and with one.
fn needless(plain: f64, interrupted: f64) -> Fate {
    match (plain, interrupted) {
        (0.0, 0.0) => Fate::Holds,
        (0.0, _) => Fate::Changed,
        _ => Fate::Refuted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::model::run::Run;

    #[test]
    fn a_count_lost_only_across_a_call_changes_the_claim() {
        assert_eq!(needless(0.0, 0.0), Fate::Holds);
        assert_eq!(needless(0.0, 7.0), Fate::Changed);
        assert_eq!(needless(7.0, 7.0), Fate::Refuted);
    }

    #[test]
    fn a_race_is_measured_in_rust_too() {
        let losing = |lost: f64| {
            move |run: &mut Run| {
                run.receipt.readings.insert("lost".to_owned(), lost);
            }
        };
        let results = fixtures::results()
            .with("race", Asyncio, losing(0.0))
            .with("race-call", Asyncio, losing(9.0))
            .with("race", AsyncioMultiThread, losing(1234.0))
            .with("race", Threading, losing(5678.0));
        let (fate, number) = no_locks_in_rust(&results).unwrap();
        assert_eq!(fate, Fate::Changed);
        assert!(
            number.contains("9 across one, 1,234 on several"),
            "{number}"
        );
        let (fate, number) = in_the_middle_in_rust(&results).unwrap();
        assert!(
            fate == Fate::Changed && number.contains("5,678"),
            "{number}"
        );
        let whole = results.with("race", Threading, losing(0.0));
        assert_eq!(in_the_middle_in_rust(&whole).unwrap().0, Fate::Refuted);
    }
}
