//! Where are locks needed? Two workers count to a million each, without one.

use std::fmt;

use crate::judge::finding::{Evidence, Fate};
use crate::judge::rule::{Question, Rule, Together};
use crate::model::experiment::NotMeasured;
use crate::model::quantity::{count, percent};
use crate::model::results::Results;
use crate::model::rows::Row;
use crate::model::run::Run;
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
                awaits, the claim is refuted; if they are lost across one alone, it holds in part. In Rust a loop of several threads is \
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

/// The share of counts that were lost, of as many as all workers counted in all rounds, and that number. A loss that is seen once
/// may come, so each round counts.
fn lost(results: &Results, name: Row, who: Contestant) -> Result<Lost, NotMeasured> {
    let cell = results.cell(name, who)?;
    let mut arguments = cell
        .arguments
        .iter()
        .skip_while(|word| *word != "--size")
        .skip(1);
    let each = arguments.next().and_then(|size| size.parse::<f64>().ok());
    let counted = |run: &Run| Some(run.receipt.units as f64 * each?);
    let lost = |run: &Run| run.receipt.readings.get("lost").copied();
    // A run that failed is an error, and so is none.
    cell.estimate(|run| lost(run).and(counted(run)))?;
    let sum = |of: &dyn Fn(&Run) -> Option<f64>| cell.runs().filter_map(of).sum::<f64>();
    let (lost, counted) = (sum(&lost), sum(&counted));
    Ok(Lost {
        share: lost / counted,
        counted,
    })
}

/// How many counts were lost.
struct Lost {
    share: f64,
    counted: f64,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let share = match self.share {
            0.0 => "none".to_owned(),
            share if share < 0.001 => format!("under {}", percent(0.001)),
            share => percent(share),
        };
        write!(f, "{share} of {}", count(self.counted as u64))
    }
}

fn no_locks(results: &Results) -> Evidence {
    let (between, across) = (
        lost(results, Row::Race, Asyncio)?,
        lost(results, Row::RaceCall, Asyncio)?,
    );
    let number = format!(
        "{} counts lost between awaits, {} across one",
        between, across
    );
    Ok((needless(between.share, across.share), number))
}

fn no_locks_in_rust(results: &Results) -> Evidence {
    let (fate, number) = no_locks(results)?;
    let spread = lost(results, Row::Race, AsyncioMultiThread)?;
    let number = format!("{number}, {} on several threads", spread);
    Ok((fate, number))
}

fn in_the_middle(results: &Results) -> Evidence {
    let (plain, call) = (
        lost(results, Row::Race, Threading)?,
        lost(results, Row::RaceCall, Threading)?,
    );
    let number = format!("{} counts lost, {} with a call in the middle", plain, call);
    let fate = match needless(plain.share, call.share) {
        Fate::Holds => Fate::Refuted,
        Fate::Refuted => Fate::Holds,
        unclear => unclear,
    };
    Ok((fate, number))
}

fn in_the_middle_in_rust(results: &Results) -> Evidence {
    let lost = lost(results, Row::Race, Threading)?;
    let fate = if lost.share > 0.0 {
        Fate::InPart
    } else {
        Fate::Refuted
    };
    let number = format!(
        "a plain x does not compile; {} counts of an atomic one lost",
        lost
    );
    Ok((fate, number))
}

/// The fate of the claim that locks are needless, by the counts lost without an interruption and with one.
fn needless(plain: f64, interrupted: f64) -> Fate {
    match (plain, interrupted) {
        (0.0, 0.0) => Fate::Holds,
        (0.0, _) => Fate::InPart,
        _ => Fate::Refuted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn a_count_lost_only_across_a_call_changes_the_claim() {
        assert_eq!(needless(0.0, 0.0), Fate::Holds);
        assert_eq!(needless(0.0, 7.0), Fate::InPart);
        assert_eq!(needless(7.0, 7.0), Fate::Refuted);
    }

    #[test]
    fn a_race_is_measured_in_rust_too() {
        let losing = |lost: f64| {
            move |run: &mut Run| {
                run.receipt.readings.insert("lost".to_owned(), lost);
            }
        };
        // A unit of each of five made-up runs counted to five million, or to 50,000 across a call.
        let results = fixtures::results()
            .with(Row::Race, Asyncio, losing(0.0))
            .with(Row::RaceCall, Asyncio, losing(10_000.0))
            .with(Row::Race, AsyncioMultiThread, losing(2.5e6))
            .with(Row::Race, Threading, losing(2.1e6));
        let (fate, number) = no_locks_in_rust(&results).unwrap();
        assert_eq!(fate, Fate::InPart);
        assert!(
            number.contains("none of 25,000,000 counts lost between awaits, 20% of 250,000 across one, 50% of 25,000,000 on"),
            "{number}"
        );
        let (fate, number) = in_the_middle_in_rust(&results).unwrap();
        assert!(
            fate == Fate::InPart && number.contains("42% of 25,000,000"),
            "{number}"
        );
        let whole = results.with(Row::Race, Threading, losing(0.0));
        assert_eq!(in_the_middle_in_rust(&whole).unwrap().0, Fate::Refuted);
        let round = std::cell::Cell::new(0);
        let once = whole.with(Row::Race, Threading, |run| {
            round.set(round.get() + 1);
            losing(if round.get() == 2 { 7.0 } else { 0.0 })(run);
        });
        let (fate, number) = in_the_middle_in_rust(&once).unwrap();
        assert_eq!(fate, Fate::InPart, "one round of five lost some");
        assert!(number.contains("under 0.1% of 25,000,000"), "{number}");
    }
}
