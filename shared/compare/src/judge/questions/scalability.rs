//! How many can be alive at once, before it takes 1.5 times as long as one?

use crate::judge::finding::{Evidence, Fate, Finding};
use crate::judge::rule::{Question, Rule, Together, claim_about};
use crate::judge::threshold::Threshold;
use crate::model::experiment::NotMeasured;
use crate::model::ladder::{End, Ladder, TOO_SLOW};
use crate::model::quantity::{count, times};
use crate::model::results::Results;
use crate::model::technique::Contestant::{self, *};

pub static QUESTION: Question = Question {
    text: "How many can be alive at once?",
    file: file!(),
    source: Some("src/probes/sleepers.rs"),
    row: Some(Rule {
        subject: "scalability",
        words: "Ever more units sleep at once, until they take too long, or something breaks. The verdict is the magnitude of the \
            last step that went well, in Python's words. Another magnitude changes a claim.",
        thresholds: &[SLOW, LOW, MEDIUM, HIGH],
        experiments: &[],
        ladder: true,
        judge,
    }),
    claims: &[Rule {
        subject: "async carries more than threads",
        words: "Units asleep stand for open connections: a server's memory and bookkeeping without its work. The limit of each lies \
            between its last step that went well and the first that did not. Limits that lie apart decide; the same steps change \
            the claim.",
        thresholds: &[],
        experiments: &[],
        ladder: true,
        judge: Together {
            who: &[Threading, Asyncio],
            python: carries_more,
            rust: carries_more,
        },
    }],
};

const SLOW: Threshold = Threshold {
    value: TOO_SLOW,
    written: times,
    words: "a step that takes more than this many times the sleep itself is too slow",
};

const LOW: Threshold = Threshold {
    value: 10.0,
    written: whole,
    words: "from here on it is low (10s); below it is none",
};

const MEDIUM: Threshold = Threshold {
    value: 100.0,
    written: whole,
    words: "from here on it is medium (100s)",
};

const HIGH: Threshold = Threshold {
    value: 1000.0,
    written: whole,
    words: "from here on it is high (1000s)",
};

fn whole(units: f64) -> String {
    count(units as u64)
}

fn judge(results: &Results, who: Contestant) -> Result<Finding, NotMeasured> {
    let ladder = results.ladder(who)?;
    let most = limit(ladder)?;
    let verdict = magnitude(most);
    let number = format!(
        "{} asleep; {}",
        bracket(ladder, most),
        stopped_by(&ladder.end)
    );
    let claim = claim_about(who, ["medium (100s)", "low (10s)", "high (1000s)"]);
    let fate = |claim: &str| match claim.starts_with(verdict) {
        true => Fate::Holds,
        false => Fate::InPart,
    };
    Ok(Finding::new(verdict, number).with_claim(claim.map(|claim| (claim, fate(claim)))))
}

/// The most units that were alive at once.
///
/// # Errors
///
/// If there was not even one.
pub fn limit(ladder: &Ladder) -> Result<u64, NotMeasured> {
    ladder
        .most()
        .ok_or_else(|| NotMeasured::Undecided("not even one ended in time".to_owned()))
}

/// Between which steps its limit lies.
fn bracket(ladder: &Ladder, most: u64) -> String {
    match ladder.least_too_many() {
        Some(too_many) => format!("{} to {}", count(most), count(too_many)),
        None => count(most),
    }
}

fn magnitude(units: u64) -> &'static str {
    match units as f64 {
        units if units >= HIGH.value => "high",
        units if units >= MEDIUM.value => "medium",
        units if units >= LOW.value => "low",
        _ => "none",
    }
}

fn stopped_by(end: &End) -> String {
    match end {
        End::Top => "no limit met".to_owned(),
        End::TooSlow => "more take too long".to_owned(),
        End::Budget { .. } => "more are over budget".to_owned(),
        End::OutOfTime => "the climb's time was up".to_owned(),
        End::Failed(cause) => format!("then {}", cause.name()),
    }
}

fn carries_more(results: &Results) -> Evidence {
    let (tasks, threads) = (results.ladder(Asyncio)?, results.ladder(Threading)?);
    let (most_tasks, most_threads) = (limit(tasks)?, limit(threads)?);
    let number = format!(
        "{} tasks asleep at once, {} threads",
        bracket(tasks, most_tasks),
        bracket(threads, most_threads)
    );
    let above = |ladder: &Ladder, most| ladder.least_too_many().is_some_and(|least| most >= least);
    let fate = if most_tasks == most_threads {
        Fate::InPart
    } else if above(threads, most_tasks) {
        Fate::Holds
    } else if above(tasks, most_threads) {
        Fate::Refuted
    } else {
        Fate::Unsure
    };
    Ok((fate, number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::model::ladder::Step;
    use crate::model::run::Outcome;

    #[test]
    fn the_last_good_step_decides_how_far_a_technique_scales() {
        for (steps, verdict, fate) in [
            (&[1][..], "none", Fate::InPart),
            (&[1, 10], "low", Fate::InPart),
            (&[1, 10, 100], "medium", Fate::Holds),
            (&[1, 10, 100, 1000, 10_000], "high", Fate::InPart),
        ] {
            let results = fixtures::results().with_ladder(Threading, steps, 9000);
            let finding = judge(&results, Threading).unwrap();
            assert_eq!((&*finding.verdict, finding.fate()), (verdict, Some(fate)));
        }
        assert!(judge(&fixtures::results(), Threading).is_err());
    }

    #[test]
    fn limits_that_lie_apart_decide_which_carries_more() {
        let climbed = |tasks: &[u64], threads: &[u64], too_many: Option<u64>| {
            let mut results = fixtures::results()
                .with_ladder(Asyncio, tasks, 900)
                .with_ladder(Threading, threads, 9000);
            let failed = |units| Step {
                units,
                outcome: Outcome::Failed("oh".to_owned()),
            };
            results.ladders[1].steps.extend(too_many.map(failed));
            carries_more(&results).unwrap().0
        };
        assert_eq!(climbed(&[1, 10, 100], &[1, 10], Some(100)), Fate::Holds);
        assert_eq!(climbed(&[1, 10, 100], &[1, 10], Some(1000)), Fate::Unsure);
        assert_eq!(
            climbed(&[1, 10, 100], &[1, 10], None),
            Fate::Unsure,
            "threads were not at their end"
        );
        assert_eq!(climbed(&[1, 10, 100], &[1, 10, 100], None), Fate::InPart);
    }

    #[test]
    fn a_limit_is_told_as_the_steps_between_which_it_lies() {
        let mut results = fixtures::results().with_ladder(Threading, &[1, 10], 9000);
        let outcome = Outcome::Failed("oh".to_owned());
        results.ladders[0].steps.push(Step { units: 32, outcome });
        let finding = judge(&results, Threading).unwrap();
        assert!(finding.number.starts_with("10 to 32 asleep"), "{finding:?}");
    }

    #[test]
    fn magnitudes_begin_at_ten_a_hundred_and_a_thousand() {
        let words = [9, 10, 99, 100, 999, 1000].map(magnitude);
        assert_eq!(words, ["none", "low", "low", "medium", "medium", "high"]);
    }
}
