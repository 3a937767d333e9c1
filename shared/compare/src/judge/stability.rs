//! Whether repeated runs of one machine answer alike.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::judge::finding::{Evidence, Fate};
use crate::judge::ranking::Place;
use crate::judge::report::Report;
use crate::judge::workload::{Entry, Workload};
use crate::model::technique::Contestant;

/// What one run answers: for each subject, the answer in a word or two.
pub type Answers = BTreeMap<String, String>;

/// A subject to which not all runs answer alike.
#[derive(Debug, PartialEq)]
pub struct Difference {
    /// The cell, the claim or the row.
    pub subject: String,
    /// How many runs gave which answer.
    pub answers: BTreeMap<String, usize>,
    /// Whether two of the answers contradict each other: a claim holds and is refuted, or two techniques are fastest.
    pub opposite: bool,
}

/// The answers of a run: the fate of each claim, and who is fastest in each row.
pub fn answers(report: &Report) -> Answers {
    let mut answers = Answers::new();
    for row in &report.workloads {
        answers.insert(format!("{FASTEST}{}", row.name), fastest(row));
    }
    for row in &report.conclusion {
        for (who, finding) in Contestant::VERDICTS.into_iter().zip(&row.findings) {
            if let Some((claim, fate)) = finding.as_ref().ok().and_then(|finding| finding.claim) {
                let subject = format!("{}, {who}: {claim}", row.rule.subject);
                answers.insert(subject, fate.word().to_owned());
            }
        }
    }
    let fate = |evidence: &Evidence| {
        evidence
            .as_ref()
            .ok()
            .map(|(fate, _)| fate.word().to_owned())
    };
    let claims = report.beside.claims.iter();
    answers.extend(claims.filter_map(|claim| Some((claim.text.clone(), fate(&claim.rust)?))));
    answers
}

const FASTEST: &str = "fastest in ";
const SEVERAL: &str = "several or none";

fn fastest(row: &Workload) -> String {
    let techniques = Contestant::COLUMNS.into_iter().zip(&row.entries);
    let mut best = techniques.filter(|(_, entry)| {
        let Entry::Timed { place, .. } = entry else {
            return false;
        };
        *place == Some(Place::Fastest)
    });
    best.next()
        .map_or(SEVERAL.to_owned(), |(who, _)| who.to_string())
}

/// The subjects to which not all of these runs answer alike. A subject that one of them did not measure is no difference.
pub fn differences(runs: &[Answers]) -> Vec<Difference> {
    let subjects: BTreeSet<_> = runs.iter().flat_map(BTreeMap::keys).collect();
    let mut differences = Vec::new();
    for subject in subjects {
        let mut answers = BTreeMap::new();
        for answer in runs.iter().filter_map(|run| run.get(subject)) {
            *answers.entry(answer.clone()).or_default() += 1;
        }
        if answers.len() > 1 {
            differences.push(Difference {
                opposite: opposite(subject, &answers),
                subject: subject.clone(),
                answers,
            });
        }
    }
    differences
}

fn opposite(subject: &str, answers: &BTreeMap<String, usize>) -> bool {
    if subject.starts_with(FASTEST) {
        return answers.keys().filter(|answer| *answer != SEVERAL).count() > 1;
    }
    let both = [Fate::Holds, Fate::Refuted];
    both.iter().all(|fate| answers.contains_key(fate.word()))
}

/// What differed between so many runs, a line each.
pub fn text(runs: &[Answers], differences: &[Difference]) -> String {
    let subjects = runs
        .iter()
        .flat_map(BTreeMap::keys)
        .collect::<BTreeSet<_>>()
        .len();
    let opposites = differences
        .iter()
        .filter(|difference| difference.opposite)
        .count();
    let mut text = format!(
        "{} runs, {subjects} answers each: {} differed, {opposites} of them to the opposite.\n",
        runs.len(),
        differences.len()
    );
    for Difference {
        subject,
        answers,
        opposite,
    } in differences
    {
        let answers: Vec<_> = answers
            .iter()
            .map(|(answer, runs)| format!("{answer} {runs}x"))
            .collect();
        let mark = if *opposite { "OPPOSITE " } else { "" };
        let _ = writeln!(text, "  {mark}{subject}: {}", answers.join(", "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::model::results::Results;
    use crate::model::rows::Row;
    use crate::model::technique::Contestant::*;

    fn of(results: &Results) -> Answers {
        answers(&Report::of(results))
    }

    #[test]
    fn equal_runs_do_not_differ() {
        let runs = [of(&fixtures::results()), of(&fixtures::results())];
        assert!(runs[0].len() > 15, "{:?}", runs[0]);
        assert_eq!(differences(&runs), []);
    }

    #[test]
    fn a_claim_that_holds_here_and_is_refuted_there_is_opposite() {
        let threads =
            |cpu: f64| of(&fixtures::results().with(Row::Hashes, Threading, |run| run.user = cpu));
        let found = differences(&[threads(1.0), threads(1.9), threads(1.9)]);
        let [difference] = &found[..] else {
            panic!("{found:?}")
        };
        assert_eq!(difference.subject, "use multiple CPUs, threading: no");
        assert_eq!(difference.answers["refuted"], 2);
        assert!(difference.opposite);
        let found = differences(&[threads(1.0), threads(1.3)]);
        assert!(found.len() == 1 && !found[0].opposite, "{found:?}");
        let text = text(&[threads(1.0), threads(1.3)], &found);
        assert!(
            text.contains("1 differed, 0 of them to the opposite"),
            "{text}"
        );
        assert!(
            text.contains("use multiple CPUs, threading: no: holds 1x, not decided 1x"),
            "{text}"
        );
    }

    #[test]
    fn two_techniques_that_are_fastest_in_turn_are_opposite() {
        let fast = |who| of(&fixtures::results().with(Row::Cats, who, |run| run.wall = 0.5));
        let runs = [fast(Threading), fast(Asyncio)];
        let found = differences(&runs);
        let cats = found
            .iter()
            .find(|difference| difference.subject == "fastest in cats")
            .unwrap();
        assert!(cats.opposite);
        let none = of(&fixtures::results());
        let found = differences(&[fast(Threading), none]);
        let cats = found
            .iter()
            .find(|difference| difference.subject == "fastest in cats")
            .unwrap();
        assert!(!cats.opposite);
    }
}
