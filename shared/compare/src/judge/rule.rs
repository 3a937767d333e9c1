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
    /// Whether it looks at the ladder as well. Noise takes no memory and breaks no limit.
    pub ladder: bool,
    /// The rule itself.
    pub judge: J,
}

/// A rule for one technique at a time.
#[derive(Debug)]
pub struct Each {
    rule: fn(&Results, Contestant) -> Result<Finding, NotMeasured>,
    beside: &'static [Contestant],
    weighs_noise: bool,
}

impl Each {
    /// A rule that looks at one technique alone, and knows nothing of noise.
    pub const fn of(rule: fn(&Results, Contestant) -> Result<Finding, NotMeasured>) -> Self {
        Self {
            rule,
            beside: &[],
            weighs_noise: false,
        }
    }

    /// The same, whose claims compare a technique with these: their noise disturbs a claim, too.
    pub const fn beside(self, beside: &'static [Contestant]) -> Self {
        Self { beside, ..self }
    }

    /// The same, which itself leaves undecided what others disturbed.
    pub const fn weighing_noise(self) -> Self {
        Self {
            weighs_noise: true,
            ..self
        }
    }
}

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
        screening::rests_on_noise(results, self.experiments, who)
    }
}

impl Rule<Each> {
    /// What it finds for `who`.
    ///
    /// # Errors
    ///
    /// If something that it looks at was not measured.
    pub fn find(&self, results: &Results, who: Contestant) -> Result<Finding, NotMeasured> {
        if who == Contestant::Cluster && !results.has(who) {
            return Err(NotMeasured::LeftOut(who.to_string()));
        }
        let finding = (self.judge.rule)(results, who)?;
        let disturbed = |who: &[_]| !self.judge.weighs_noise && self.disturbed(results, who);
        Ok(if disturbed(&[who]) {
            finding.disturbed()
        } else if disturbed(self.judge.beside) {
            finding.with_undecided_claim()
        } else {
            finding
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
    use crate::model::run::Run;
    use crate::model::technique::Contestant::*;

    /// Both techniques climbed to a hundred; in the last step of threads others took half of the machine.
    fn climbed() -> Results {
        let mut results = fixtures::results()
            .with_ladder(Threading, &[1, 10, 100], 900_000)
            .with_ladder(Asyncio, &[1, 10, 100], 9000);
        let last = results.ladders[0].steps.last_mut().unwrap();
        last.outcome = fixtures::ran(Run {
            noise: Some(fixtures::BUSY),
            ..last.outcome.run().unwrap().clone()
        });
        results
    }

    fn question(subject: &str) -> &'static Question {
        let subject_of = |question: &Question| question.row.as_ref().map(|row| row.subject);
        let mut questions = QUESTIONS.into_iter();
        let question = questions.find(|question| subject_of(question) == Some(subject));
        question.unwrap()
    }

    #[test]
    fn noise_decides_nothing_about_a_limit() {
        let results = climbed();
        let rule = question("scalability").row.as_ref().unwrap();
        let finding = rule.find(&results, Threading).unwrap();
        assert!(!finding.noisy);
        let claim = &question("scalability").claims[0];
        assert_eq!(claim.in_rust(&results), claim.in_python(&results));
        assert_eq!(claim.in_rust(&results).unwrap().0, Fate::Holds);
    }

    #[test]
    fn a_claim_is_not_decided_if_that_was_disturbed_with_which_it_compares() {
        let took = |seconds| {
            move |run: &mut Run| {
                (run.seconds, run.receipt.units) = (seconds, 1);
                run.voluntary = 1;
            }
        };
        let calm = fixtures::results()
            .with(Row::Switch, Threading, took(0.1))
            .with(Row::Switch, Multiprocessing, took(0.2));
        let rule = question("switch").row.as_ref().unwrap();
        let find = |results: &Results, who| rule.find(results, who).unwrap();
        assert_eq!(find(&calm, Multiprocessing).fate(), Some(Fate::Holds));
        let loud = calm.with(Row::Switch, Threading, |run| {
            run.noise = Some(fixtures::BUSY)
        });
        let finding = find(&loud, Multiprocessing);
        assert_eq!(finding.fate(), Some(Fate::Unsure));
        assert!(!finding.noisy, "its own number stands");
        assert!(find(&loud, Threading).noisy);
    }

    #[test]
    fn a_claim_is_not_decided_if_one_of_its_techniques_was_disturbed() {
        let claims = question("use multiple CPUs").claims;
        let claim = claims.iter().find(|claim| claim.judge.who.len() == 2);
        let claim = claim.unwrap();
        let calm = fixtures::results().with(Row::Hashes, Threading, |run| run.seconds = 0.5);
        assert_eq!(claim.in_rust(&calm).unwrap().0, Fate::Refuted);
        let loud = calm.with(Row::Hashes, Threading, |run| {
            run.noise = Some(fixtures::BUSY)
        });
        assert_eq!(claim.in_rust(&loud).unwrap().0, Fate::Unsure);
    }

    #[test]
    fn only_the_cluster_is_left_out_where_it_takes_no_part() {
        let mut rules = QUESTIONS
            .iter()
            .filter_map(|question| question.row.as_ref());
        let rule = rules.find(|rule| rule.subject == "use multiple CPUs");
        let find = |results: &Results, who| rule.unwrap().find(results, who);
        let without = fixtures::results();
        let left_out = NotMeasured::LeftOut(Cluster.to_string());
        assert_eq!(find(&without, Cluster).unwrap_err(), left_out);
        assert!(find(&without, Threading).is_ok());
        assert!(find(&fixtures::with_machines(), Cluster).is_ok());
    }
}
