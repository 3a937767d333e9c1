//! A question, and the rules that answer it: for each technique, and for claims about several.

use crate::judge::finding::{Evidence, Fate, Finding};
use crate::judge::screening;
use crate::judge::threshold::Threshold;
use crate::model::experiment::NotMeasured;
use crate::model::results::Results;
use crate::model::rows::Row;
use crate::model::technique::Contestant;

/// A question about the techniques.
#[derive(Debug)]
pub struct Question {
    /// The question itself.
    pub text: &'static str,
    /// The file of its rules.
    pub file: &'static str,
    /// The source of the probe or workload, in every technique's crate; `None` if the rules look at many.
    pub source: Option<&'static str>,
    /// The rule of its row in the conclusion table, if it has one.
    pub row: Option<Rule<Each>>,
    /// Claims about several techniques.
    pub claims: &'static [Rule<Together>],
}

/// A rule that turns measurements into a finding.
#[derive(Debug)]
pub struct Rule<J> {
    /// The row of the conclusion table, or the claim.
    pub subject: &'static str,
    /// How it judges, in words.
    pub words: &'static str,
    /// The numbers at which its answer changes.
    pub thresholds: &'static [Threshold],
    /// The experiments whose noise disturbs it.
    pub experiments: &'static [Row],
    /// Whether it looks at the ladder as well.
    pub ladder: bool,
    /// The rule itself.
    pub judge: J,
}

/// A rule for one technique at a time.
pub type Each = fn(&Results, Contestant) -> Result<Finding, NotMeasured>;

/// A rule for a claim about several techniques.
#[derive(Debug)]
pub struct Together {
    /// The techniques whose noise disturbs it.
    pub who: &'static [Contestant],
    /// The rule in Python.
    pub python: fn(&Results) -> Evidence,
    /// The rule in Rust, which is mostly the same.
    pub rust: fn(&Results) -> Evidence,
}

impl<J> Rule<J> {
    /// Whether other processes disturbed what it looks at of these techniques.
    fn disturbed(&self, results: &Results, who: &[Contestant]) -> bool {
        let unsteady = |who: &Contestant| results.ladder(*who).is_ok_and(screening::shaken);
        screening::rests_on_noise(results, self.experiments, who)
            || self.ladder && who.iter().any(unsteady)
    }
}

impl Rule<Each> {
    /// What it finds for `who`.
    ///
    /// # Errors
    ///
    /// If something that it looks at was not measured.
    pub fn find(&self, results: &Results, who: Contestant) -> Result<Finding, NotMeasured> {
        let finding = (self.judge)(results, who)?;
        Ok(match self.disturbed(results, &[who]) {
            true => finding.disturbed(),
            false => finding,
        })
    }
}

impl Rule<Together> {
    /// The claim's fate in an interpreter.
    pub fn in_python(&self, python: &Results) -> Evidence {
        self.screened(python, self.judge.python)
    }

    /// The claim's fate in Rust.
    pub fn in_rust(&self, rust: &Results) -> Evidence {
        self.screened(rust, self.judge.rust)
    }

    /// Disturbed measurements neither uphold nor refute a claim.
    fn screened(&self, results: &Results, judge: fn(&Results) -> Evidence) -> Evidence {
        let (fate, number) = judge(results)?;
        Ok(match self.disturbed(results, self.judge.who) {
            true => (Fate::Unsure, number),
            false => (fate, number),
        })
    }
}

/// The claim about `who`, of claims about threading, multiprocessing and asyncio.
pub fn claim_about<T>(who: Contestant, [threading, multiprocessing, asyncio]: [T; 3]) -> Option<T> {
    match who {
        Contestant::Threading => Some(threading),
        Contestant::Multiprocessing => Some(multiprocessing),
        Contestant::Asyncio => Some(asyncio),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::judge::questions::QUESTIONS;
    use crate::model::noise::Noise;
    use crate::model::technique::Contestant::*;

    /// Both techniques climbed to a hundred; in the last step of this one others took half of the machine.
    fn climbed(disturbed: Contestant) -> Results {
        let mut results = fixtures::results()
            .with_ladder(Threading, &[1, 10, 100], 9000)
            .with_ladder(Asyncio, &[1, 10, 100], 900)
            .with(Row::StartMany, Threading, |run| {
                run.seconds = 2.0;
                run.receipt.units = 1001;
            });
        let mut ladders = results.ladders.iter_mut();
        let ladder = ladders.find(|ladder| ladder.contestant == disturbed);
        let last = ladder.unwrap().steps.last_mut().unwrap();
        let mut run = fixtures::run();
        run.noise = Some(Noise {
            others: Some(0.5),
            stolen: None,
            pressure: None,
            queued: None,
        });
        last.outcome = fixtures::ran(run);
        results
    }

    fn question(subject: &str) -> &'static Question {
        let subject_of = |question: &Question| question.row.as_ref().map(|row| row.subject);
        let mut questions = QUESTIONS.into_iter();
        let question = questions.find(|question| subject_of(question) == Some(subject));
        question.unwrap()
    }

    #[test]
    fn a_shaken_climb_disturbs_the_rules_that_look_at_it_and_no_other() {
        let results = climbed(Threading);
        let row = |subject, who| {
            let rule = question(subject).row.as_ref().unwrap();
            let finding = rule.find(&results, who).unwrap();
            (finding.noisy, finding.fate())
        };
        assert_eq!(row("scalability", Threading), (true, Some(Fate::Unsure)));
        assert_eq!(row("scalability", Asyncio), (false, Some(Fate::InPart)));
        assert_eq!(row("start one", Threading), (false, None));
    }

    #[test]
    fn a_claim_is_not_decided_if_one_of_its_techniques_was_disturbed() {
        let claim = |disturbed| {
            let results = climbed(disturbed);
            let claim = &question("scalability").claims[0];
            [claim.in_rust(&results), claim.in_python(&results)].map(|it| it.unwrap().0)
        };
        assert_eq!(claim(Threading), [Fate::Unsure; 2]);
        assert_eq!(claim(Asyncio), [Fate::Unsure; 2]);
        let calm = fixtures::results()
            .with_ladder(Threading, &[1, 10, 100], 9000)
            .with_ladder(Asyncio, &[1, 10, 100], 900);
        let calm = question("scalability").claims[0].in_rust(&calm);
        assert_eq!(calm.unwrap().0, Fate::InPart);
    }
}
