//! What does it cost to serialise a message?

use crate::judge::finding::{ALIKE, Evidence, Fate, LESS, MORE, more};
use crate::judge::questions::message::each_message;
use crate::judge::rule::{Question, Rule, Together};
use crate::model::quantity::seconds;
use crate::model::results::Results;
use crate::model::rows::Row;
use crate::model::run::Run;
use crate::model::technique::Contestant::*;

pub static QUESTION: Question = Question {
    text: "What does it cost to serialise a message?",
    file: file!(),
    source: Some("src/probes/pingpong.rs"),
    row: None,
    claims: &[Rule {
        subject: "messages need (de)serialising",
        words: "The CPU time of a message there and back between processes, which serialise it, is compared with that between threads, \
            which do not; both on one core. Serialising cannot be told from copying, for both are in that time. Processes do \
            serialise, so a difference too small to see changes the claim, and does not refute it.",
        thresholds: &[MORE, ALIKE, LESS],
        experiments: &[Row::PingpongOneCore],
        ladder: false,
        judge: Together {
            who: &[Threading, Multiprocessing],
            python: needed,
            rust: needed,
        },
    }],
};

fn needed(results: &Results) -> Evidence {
    let cost = |who| each_message(results, who, Run::cpu);
    let (threads, processes) = (cost(Threading)?, cost(Multiprocessing)?);
    let number = format!(
        "{} of CPU a message, {} without",
        seconds(processes),
        seconds(threads)
    );
    let fate = match more(processes, threads) {
        Fate::Refuted => Fate::InPart,
        fate => fate,
    };
    Ok((fate, number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn a_cost_too_small_to_see_does_not_refute_that_messages_are_serialised() {
        let cpu = |seconds| move |run: &mut Run| run.user = seconds;
        let results = fixtures::results();
        let cheap = results
            .clone()
            .with(Row::PingpongOneCore, Multiprocessing, cpu(0.5));
        assert_eq!(needed(&cheap).unwrap().0, Fate::InPart);
        let dear = results.with(Row::PingpongOneCore, Multiprocessing, cpu(2.0));
        assert_eq!(needed(&dear).unwrap().0, Fate::Holds);
    }
}
