//! A question, and the rules that answer it: for each technique, and for claims about several.

use crate::judge::finding::{Evidence, Fate, Finding};
use crate::judge::screening;
use crate::judge::threshold::Threshold;
use crate::model::experiment::NotMeasured;
use crate::model::results::Results;
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
    pub experiments: &'static [&'static str],
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
