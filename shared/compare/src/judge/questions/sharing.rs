//! Is sharing memory faster than sending messages?

use crate::judge::finding::{ALIKE, Evidence, Fate, LESS, MORE, more_in_rounds};
use crate::judge::questions::sizes::{Found, over_sizes, sizes};
use crate::judge::rule::{Question, Rule, Together};
use crate::model::quantity::seconds;
use crate::model::results::Results;
use crate::model::rows::{Row, Sweep};
use crate::model::run::Run;
use crate::model::technique::Contestant::*;

pub static QUESTION: Question = Question {
    text: "Is sharing memory faster than sending messages?",
    file: file!(),
    source: Some("src/probes/memory.rs"),
    row: None,
    claims: &[Rule {
        subject: "sharing memory is faster than messages",
        words: "As many bytes are handed over there and back, from 8 bytes to 1 MiB: in a message through a pipe between two processes, in \
            memory that two processes share, and in memory that two threads share. Each side writes all of them anew, and sleeps until its turn; \
            all on one core. Threads wake each other by a condition variable, processes by a pipe, so that at small sizes the wake-ups are compared. Threads fill their \
            memory, processes store number by number. The claim holds at a size at which both kinds of shared memory are faster than the message.",
        thresholds: &[MORE, ALIKE, LESS],
        experiments: &[
            Row::At(Sweep::MessageBytes, 8),
            Row::At(Sweep::MessageBytes, 8192),
            Row::At(Sweep::MessageBytes, 65_536),
            Row::At(Sweep::MessageBytes, 1_048_576),
            Row::At(Sweep::MessageShared, 8),
            Row::At(Sweep::MessageShared, 8192),
            Row::At(Sweep::MessageShared, 65_536),
            Row::At(Sweep::MessageShared, 1_048_576),
        ],
        ladder: false,
        judge: Together {
            who: &[Threading, Multiprocessing],
            python: faster,
            rust: faster,
        },
    }],
};

fn faster(results: &Results) -> Evidence {
    let trip = |row, who| {
        let each = |run: &Run| Some(run.seconds / run.receipt.units as f64);
        results.samples(row, who, each)
    };
    let mut found = Vec::new();
    for size in sizes(results, Sweep::MessageBytes)? {
        let shared = Row::At(Sweep::MessageShared, size);
        let message = trip(Row::At(Sweep::MessageBytes, size), Multiprocessing)?;
        let (processes, threads) = (trip(shared, Multiprocessing)?, trip(shared, Threading)?);
        found.push(Found {
            size,
            fate: both(
                more_in_rounds(&message, &processes),
                more_in_rounds(&message, &threads),
            ),
            number: format!(
                "{} a message, {} shared by processes, {} by threads",
                seconds(message.median()),
                seconds(processes.median()),
                seconds(threads.median())
            ),
        });
    }
    over_sizes(&found)
}

/// The fate of the claim at a size, by those for either kind of shared memory.
fn both(processes: Fate, threads: Fate) -> Fate {
    match (processes, threads) {
        (Fate::Unsure, _) | (_, Fate::Unsure) => Fate::Unsure,
        (one, other) if one == other => one,
        _ => Fate::InPart,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    fn took(seconds: f64) -> impl Fn(&mut Run) {
        move |run| run.seconds = seconds
    }

    #[test]
    fn memory_that_is_faster_from_some_size_on_upholds_the_claim_from_there_on() {
        let results = fixtures::results();
        let (fate, number) = faster(&results).unwrap();
        assert_eq!(fate, Fate::InPart);
        assert!(number.starts_with("at no size: "), "{number}");
        let large = results
            .with(
                Row::At(Sweep::MessageBytes, 65_536),
                Multiprocessing,
                took(2.0),
            )
            .with(
                Row::At(Sweep::MessageBytes, 1_048_576),
                Multiprocessing,
                took(3.0),
            );
        let (fate, number) = faster(&large).unwrap();
        assert_eq!(fate, Fate::InPart);
        assert_eq!(
            number,
            "from 64.0 KiB on: 1.00 s a message, 1.00 s shared by processes, 1.00 s by threads at 8 B; \
             3.00 s a message, 1.00 s shared by processes, 1.00 s by threads at 1.00 MiB"
        );
        let all = large
            .with(Row::At(Sweep::MessageBytes, 8), Multiprocessing, took(1.3))
            .with(
                Row::At(Sweep::MessageBytes, 8192),
                Multiprocessing,
                took(1.3),
            );
        assert_eq!(faster(&all).unwrap().0, Fate::Holds);
    }

    #[test]
    fn memory_that_is_faster_between_threads_alone_is_faster_in_part() {
        use Fate::{Holds, InPart, Refuted, Unsure};
        assert_eq!(both(Holds, Holds), Holds);
        assert_eq!(both(InPart, Holds), InPart);
        assert_eq!(both(Refuted, Holds), InPart);
        assert_eq!(both(Unsure, Holds), Unsure);
        assert_eq!(both(Refuted, Refuted), Refuted);
    }

    #[test]
    fn messages_that_are_faster_at_every_size_refute_the_claim() {
        let mut results = fixtures::results();
        for size in [8, 8192, 65_536, 1_048_576] {
            let row = Row::At(Sweep::MessageBytes, size);
            results = results.with(row, Multiprocessing, took(0.5));
        }
        assert_eq!(faster(&results).unwrap().0, Fate::Refuted);
    }

    #[test]
    fn a_message_takes_its_share_of_the_time_of_all() {
        let results = fixtures::results().map_receipts(
            |row| row == Row::At(Sweep::MessageBytes, 8),
            |receipt| receipt.units = 1000,
        );
        let (_, number) = faster(&results).unwrap();
        assert!(
            number.contains("1.00 ms a message, 1.00 s shared"),
            "{number}"
        );
    }
}
