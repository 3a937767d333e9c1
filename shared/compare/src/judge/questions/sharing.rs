//! Is sharing memory faster than sending messages?

use crate::judge::finding::{ALIKE, Evidence, LESS, MORE, more};
use crate::judge::questions::message::round_trip;
use crate::judge::rule::{Question, Rule, Together};
use crate::model::quantity::seconds;
use crate::model::results::Results;
use crate::model::rows::Row;
use crate::model::technique::Contestant::*;

pub static QUESTION: Question = Question {
    text: "Is sharing memory faster than sending messages?",
    file: file!(),
    source: Some("src/probes/pingpong.rs"),
    row: None,
    claims: &[Rule {
        subject: "sharing memory is faster than messages",
        words: "The time of a message there and back between processes, which share no memory, is compared with that between threads, \
            which do; both on one core.",
        thresholds: &[MORE, ALIKE, LESS],
        experiments: &[Row::PingpongOneCore],
        ladder: false,
        judge: Together {
            who: &[Threading, Multiprocessing],
            python: faster,
            rust: faster,
        },
    }],
};

fn faster(results: &Results) -> Evidence {
    let (threads, processes) = (
        round_trip(results, Threading)?,
        round_trip(results, Multiprocessing)?,
    );
    let number = format!(
        "{} between threads, {} between processes",
        seconds(threads),
        seconds(processes)
    );
    Ok((more(processes, threads), number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::judge::finding::Fate;

    #[test]
    fn processes_that_take_longer_than_threads_uphold_the_claim() {
        let results = fixtures::results();
        assert_eq!(faster(&results).unwrap().0, Fate::InPart);
        let slow = results.with(Row::PingpongOneCore, Multiprocessing, |run| {
            run.seconds = 2.0;
        });
        let (fate, number) = faster(&slow).unwrap();
        assert_eq!(fate, Fate::Holds);
        assert_eq!(number, "1.00 s between threads, 2.00 s between processes");
    }
}
