//! What does it cost to serialise a message?

use crate::judge::finding::{ALIKE, Evidence, Fate, LESS, MORE, more_in_rounds};
use crate::judge::questions::sizes::{Found, over_sizes, sizes};
use crate::judge::rule::{Question, Rule, Together};
use crate::model::experiment::NotMeasured;
use crate::model::quantity::seconds;
use crate::model::results::Results;
use crate::model::rows::{Row, Sweep};
use crate::model::run::{Outcome, Run};
use crate::model::technique::Contestant::*;

pub static QUESTION: Question = Question {
    text: "What does it cost to serialise a message?",
    file: file!(),
    source: Some("src/probes/message.rs"),
    row: None,
    claims: &[Rule {
        subject: "messages need (de)serialising",
        words: "A message of numbers, which are serialised one by one, is compared with one of as many bytes, which are copied as they are: CPU \
            time there and back between two processes, from 8 bytes to 1 MiB, without that of a run of one message. The claim holds at a size at which numbers take more. Processes \
            do serialise, so a difference too small to see changes the claim, and does not refute it.",
        thresholds: &[MORE, ALIKE, LESS],
        experiments: &[
            Row::At(Sweep::MessageNumbers, 8),
            Row::At(Sweep::MessageNumbers, 8192),
            Row::At(Sweep::MessageNumbers, 65_536),
            Row::At(Sweep::MessageNumbers, 1_048_576),
            Row::At(Sweep::MessageBytes, 8),
            Row::At(Sweep::MessageBytes, 8192),
            Row::At(Sweep::MessageBytes, 65_536),
            Row::At(Sweep::MessageBytes, 1_048_576),
        ],
        ladder: false,
        judge: Together {
            who: &[Multiprocessing],
            python: needed,
            rust: needed,
        },
    }],
};

fn needed(results: &Results) -> Evidence {
    let cost = |row| {
        let cell = results.cell(row, Multiprocessing)?;
        let one = cell.warm_up.as_ref().and_then(Outcome::run);
        let one = one.ok_or(NotMeasured::NoRun)?;
        let each = |run: &Run| {
            let trips = run.receipt.units.checked_sub(one.receipt.units)?;
            (trips > 0).then(|| (run.cpu() - one.cpu()) / trips as f64)
        };
        results.samples(row, Multiprocessing, each)
    };
    let mut found = Vec::new();
    for size in sizes(results, Sweep::MessageNumbers)? {
        let (numbers, bytes) = (
            cost(Row::At(Sweep::MessageNumbers, size))?,
            cost(Row::At(Sweep::MessageBytes, size))?,
        );
        let fate = match more_in_rounds(&numbers, &bytes) {
            Fate::Refuted => Fate::InPart,
            fate => fate,
        };
        let number = format!(
            "{} of CPU for numbers, {} for bytes",
            seconds(numbers.median()),
            seconds(bytes.median())
        );
        found.push(Found { size, fate, number });
    }
    over_sizes(&found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    /// Ten messages beyond the first take so much CPU time each.
    fn cpu(seconds: f64) -> impl Fn(&mut Run) {
        move |run| (run.user, run.receipt.units) = (0.2 + 10.0 * seconds, 11)
    }

    /// Each message takes a second.
    fn alike() -> Results {
        let sizes = [8, 8192, 65_536, 1_048_576].into_iter();
        sizes.fold(fixtures::results(), |results, size| {
            results
                .with(
                    Row::At(Sweep::MessageNumbers, size),
                    Multiprocessing,
                    cpu(1.0),
                )
                .with(
                    Row::At(Sweep::MessageBytes, size),
                    Multiprocessing,
                    cpu(1.0),
                )
        })
    }

    #[test]
    fn numbers_that_take_more_than_bytes_from_some_size_on_uphold_the_claim_from_there_on() {
        let results = alike().with(
            Row::At(Sweep::MessageNumbers, 1_048_576),
            Multiprocessing,
            cpu(4.0),
        );
        let (fate, number) = needed(&results).unwrap();
        assert_eq!(fate, Fate::InPart);
        assert_eq!(
            number,
            "from 1.00 MiB on: 1.00 s of CPU for numbers, 1.00 s for bytes at 8 B; \
             4.00 s of CPU for numbers, 1.00 s for bytes at 1.00 MiB"
        );
        let between = alike().with(
            Row::At(Sweep::MessageNumbers, 1_048_576),
            Multiprocessing,
            cpu(1.2),
        );
        assert_eq!(needed(&between).unwrap().0, Fate::Unsure);
    }

    #[test]
    fn a_cost_too_small_to_see_does_not_refute_that_messages_are_serialised() {
        let mut results = alike();
        for size in [8, 8192, 65_536, 1_048_576] {
            let row = Row::At(Sweep::MessageNumbers, size);
            results = results.with(row, Multiprocessing, cpu(0.5));
        }
        assert_eq!(needed(&results).unwrap().0, Fate::InPart);
    }

    #[test]
    fn a_message_takes_its_share_of_the_cpu_time_of_all() {
        // Behind the warm-up's one message, of 0.2 s.
        let results = alike().with(Row::At(Sweep::MessageNumbers, 8), Multiprocessing, |run| {
            run.receipt.units = 1001;
            run.user = 1.2;
        });
        let (_, number) = needed(&results).unwrap();
        assert!(
            number.contains("1.00 ms of CPU for numbers, 1.00 s for bytes"),
            "{number}"
        );
    }

    #[test]
    fn without_more_trips_than_the_warm_up_nothing_is_known_of_one() {
        assert!(needed(&fixtures::results()).is_err());
    }
}
