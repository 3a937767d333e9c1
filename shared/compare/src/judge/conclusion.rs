//! The conclusion table: a row for each question that is asked of every technique.

use crate::judge::finding::Finding;
use crate::judge::questions::QUESTIONS;
use crate::judge::rule::{Each, Question, Rule};
use crate::model::experiment::NotMeasured;
use crate::model::results::Results;
use crate::model::technique::Contestant;

/// A row of the conclusion table.
#[derive(Debug)]
pub struct Row {
    /// The question that it answers.
    pub question: &'static Question,
    /// The rule that answers it.
    pub rule: &'static Rule<Each>,
    /// What it found for each of [`Contestant::VERDICTS`].
    pub findings: Vec<Result<Finding, NotMeasured>>,
}

impl Row {
    /// Whether nothing of it was asked for.
    pub fn left_out(&self) -> bool {
        let mut findings = self.findings.iter();
        findings.all(|finding| matches!(finding, Err(NotMeasured::LeftOut(_))))
    }
}

/// The questions with a row, and the rules of these rows, in the table's order.
pub fn rules() -> impl Iterator<Item = (&'static Question, &'static Rule<Each>)> {
    let questions = QUESTIONS.iter();
    questions.filter_map(|question| Some((*question, question.row.as_ref()?)))
}

/// The conclusion table.
pub fn conclude(results: &Results) -> Vec<Row> {
    let row = |(question, rule): (_, &'static Rule<Each>)| Row {
        question,
        rule,
        findings: Contestant::VERDICTS
            .map(|who| rule.find(results, who))
            .into(),
    };
    rules().map(row).collect()
}

#[cfg(test)]
mod machines;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::judge::finding::Fate;
    use crate::model::places;
    use crate::model::rows;
    use crate::model::technique::Contestant::*;

    #[test]
    fn a_disturbed_measurement_neither_upholds_nor_refutes_a_claim() {
        let busy = fixtures::BUSY;
        let results =
            fixtures::results().with(rows::Row::Hashes, Threading, |run| run.noise = Some(busy));
        let (_, rule) = rules()
            .find(|(_, rule)| rule.subject == "use multiple CPUs")
            .unwrap();
        let finding = rule.find(&results, Threading).unwrap();
        assert_eq!(
            (finding.claim, finding.noisy),
            (Some(("no", Fate::Unsure)), true)
        );
        let quiet = rule.find(&results, Multiprocessing).unwrap();
        assert!(!quiet.noisy);
    }

    #[test]
    fn every_rule_looks_at_experiments_and_sources_that_exist() {
        let results = fixtures::results();
        let servers = fixtures::results_of(&["--only", "serve"]);
        for (question, rule) in rules() {
            for name in rule.experiments {
                let known = [&results, &servers].map(|results| results.experiment(*name).is_ok());
                assert!(known.contains(&true), "{}: {name}", rule.subject);
            }
            for who in Contestant::CONCLUDED {
                let source = places::workspace().unwrap().join(who.folder());
                let there = |file| source.join(file).is_file();
                assert!(question.source.is_none_or(there), "{}", question.text);
            }
        }
    }

    #[test]
    fn the_file_of_every_question_exists() {
        let root = places::workspace().unwrap();
        for question in QUESTIONS {
            assert!(root.join(question.file).is_file(), "{}", question.file);
        }
    }

    #[test]
    fn a_row_of_which_nothing_was_asked_for_is_left_out() {
        let results = fixtures::results_of(&["--only", "sites"]);
        let conclusion = conclude(&results);
        let mut kept: Vec<_> = conclusion.iter().filter(|row| !row.left_out()).collect();
        // What rests on no run at all is always there.
        kept.retain(|row| !row.rule.experiments.is_empty() || row.rule.ladder);
        let kept: Vec<_> = kept.iter().map(|row| row.rule.subject).collect();
        assert_eq!(kept, [""; 0]);
        let counted = conclusion
            .iter()
            .find(|row| row.rule.subject == "lines of code");
        assert!(!counted.unwrap().left_out());
    }
}
