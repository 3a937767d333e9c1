//! Is a session worth keeping?

use crate::judge::finding::{ALIKE, Evidence, LESS, MORE, more_in_rounds};
use crate::judge::rule::{Question, Rule, Together};
use crate::model::experiment::NotMeasured;
use crate::model::quantity::times;
use crate::model::results::Results;
use crate::model::rows::Row;
use crate::model::technique::Contestant::*;

pub static QUESTION: Question = Question {
    text: "Is a session worth keeping?",
    file: file!(),
    source: Some("src/workloads/download.rs"),
    row: None,
    claims: &[Rule {
        subject: "a session is worth keeping",
        words: "The published Python programs, which open a session for every page, are compared with those that keep theirs, in cats. The \
            smaller factor of threads and asyncio counts. All programs in Rust keep theirs.",
        thresholds: &[MORE, ALIKE, LESS],
        experiments: &[Row::Cats, Row::CatsPublished],
        ladder: false,
        judge: Together {
            who: &[Threading, Asyncio],
            python: kept,
            rust: kept_in_rust,
        },
    }],
};

fn kept(results: &Results) -> Evidence {
    let cost = |who| {
        let took = |name| results.samples(name, who, |run| Some(run.seconds));
        let (anew, kept) = (took(Row::CatsPublished)?, took(Row::Cats)?);
        Ok((anew.median() / kept.median(), more_in_rounds(&anew, &kept)))
    };
    let (threads, tasks) = (cost(Threading)?, cost(Asyncio)?);
    let number = format!(
        "one for each page takes threads {}, asyncio {} as long",
        times(threads.0),
        times(tasks.0)
    );
    let (_, fate) = if threads.0 < tasks.0 { threads } else { tasks };
    Ok((fate, number))
}

fn kept_in_rust(_: &Results) -> Evidence {
    Err(NotMeasured::Undecided("all keep theirs".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::judge::finding::Fate;

    #[test]
    fn the_technique_that_gains_least_from_a_session_decides() {
        let mut results = fixtures::results();
        let mut row = results.row(Row::Cats).clone();
        row.name = Row::CatsPublished;
        results.experiments.push(row);
        let results = results.with(Row::CatsPublished, Threading, |run| run.seconds = 2.0);
        assert_eq!(kept(&results).unwrap().0, Fate::InPart);
        let results = results.with(Row::CatsPublished, Asyncio, |run| run.seconds = 1.5);
        let (fate, number) = kept(&results).unwrap();
        assert_eq!(fate, Fate::Holds);
        assert!(number.contains("threads 2.00x, asyncio 1.50x"), "{number}");
    }

    #[test]
    fn a_session_for_each_page_that_takes_as_long_leaves_the_claim_in_part() {
        let quick = |run: &mut crate::model::run::Run| run.seconds = 0.5;
        let mut results = fixtures::results();
        for who in [Threading, Asyncio] {
            results = results.with(Row::Cats, who, quick);
        }
        let mut row = results.row(Row::Cats).clone();
        row.name = Row::CatsPublished;
        results.experiments.push(row);
        let (fate, number) = kept(&results).unwrap();
        assert_eq!(fate, Fate::InPart);
        assert!(number.contains("threads 1.00x, asyncio 1.00x"), "{number}");
    }

    #[test]
    fn a_session_is_worth_keeping_if_pages_take_a_tenth_more_without_it() {
        let fate = |seconds: f64| {
            let mut results = fixtures::results();
            let mut row = results.row(Row::Cats).clone();
            row.name = Row::CatsPublished;
            results.experiments.push(row);
            let took = |results: Results, who| {
                results.with(Row::CatsPublished, who, |run| run.seconds = seconds)
            };
            kept(&took(took(results, Threading), Asyncio)).unwrap().0
        };
        assert_eq!(fate(MORE.value + 0.01), Fate::Holds);
        assert_eq!(fate(MORE.value - 0.01), Fate::Unsure);
    }
}
