//! What a rule finds: a verdict, the number behind it, and what becomes of a claim.

use schemars::JsonSchema;
use serde::Serialize;

use crate::judge::threshold::Threshold;
use crate::model::experiment::NotMeasured;
use crate::model::quantity::times;

/// What a rule of the conclusion table finds for a technique.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The verdict, in a word or two.
    pub verdict: String,
    /// The number behind it.
    pub number: String,
    /// The claim of Python's documents and tutorials about this technique, and its fate here.
    pub claim: Option<(&'static str, Fate)>,
    /// Whether other processes disturbed the measurements.
    pub noisy: bool,
}

/// What a claim's rule finds in a language: the claim's fate, and the number behind it.
pub type Evidence = Result<(Fate, String), NotMeasured>;

impl Finding {
    /// A verdict without a claim.
    pub fn new(verdict: impl Into<String>, number: impl Into<String>) -> Self {
        Self {
            verdict: verdict.into(),
            number: number.into(),
            claim: None,
            noisy: false,
        }
    }

    /// The same finding beside a claim.
    pub fn with_claim(self, claim: Option<(&'static str, Fate)>) -> Self {
        Self { claim, ..self }
    }

    /// The same finding beside the claim that its verdict is this word.
    pub fn with_claimed_verdict(self, claim: Option<&'static str>) -> Self {
        let fate = |claim| match self.verdict == claim {
            true => Fate::Holds,
            false => Fate::Refuted,
        };
        let claim = claim.map(|claim| (claim, fate(claim)));
        self.with_claim(claim)
    }

    /// The same finding from disturbed measurements, which neither uphold nor refute a claim.
    pub fn disturbed(self) -> Self {
        Self {
            claim: self.claim.map(|(claim, _)| (claim, Fate::Unsure)),
            noisy: true,
            ..self
        }
    }

    /// The fate of its claim.
    pub fn fate(&self) -> Option<Fate> {
        self.claim.map(|(_, fate)| fate)
    }

    /// The fate of its claim, with verdict and number in one line.
    ///
    /// # Errors
    ///
    /// If it has no claim.
    pub fn evidence(self) -> Evidence {
        let fate = self.fate();
        let fate = fate.ok_or_else(|| {
            NotMeasured::Undecided("there is nothing to compare it with".to_owned())
        })?;
        let mut words = vec![self.verdict, self.number];
        words.retain(|word| !word.is_empty());
        Ok((fate, words.join("; ")))
    }
}

/// What becomes of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It is so here too.
    Holds,
    /// It is so in part, or in another measure.
    Changed,
    /// It is not so here.
    Refuted,
    /// The machine was too busy with other things to tell.
    Unsure,
}

impl Fate {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Changed => "changed",
            Self::Refuted => "refuted",
            Self::Unsure => "unsure",
        }
    }

    /// After the claim, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Changed => "has changed",
            Self::Refuted => "is refuted",
            Self::Unsure => "is undecided",
        }
    }
}

/// From here on a number is larger than another.
pub const MORE: Threshold = Threshold {
    value: 1.1,
    written: times,
    words: "more than this is more: the claim holds",
};

/// Down to here two numbers are alike.
pub const ALIKE: Threshold = Threshold {
    value: 0.9,
    written: times,
    words: "more than this is as much: the claim has changed; the rest refutes it",
};

/// The fate of the claim that `this` is more than `that`.
pub fn more(this: f64, that: f64) -> Fate {
    match this / that {
        ratio if ratio > MORE.value => Fate::Holds,
        ratio if ratio > ALIKE.value => Fate::Changed,
        _ => Fate::Refuted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_of_less_than_a_tenth_is_no_more() {
        assert_eq!(more(1.2, 1.0), Fate::Holds);
        assert_eq!(more(1.05, 1.0), Fate::Changed);
        assert_eq!(more(0.95, 1.0), Fate::Changed);
        assert_eq!(more(0.5, 1.0), Fate::Refuted);
    }

    #[test]
    fn a_finding_without_a_claim_is_no_evidence() {
        let finding = Finding::new("10.0 µs", "");
        assert!(finding.clone().evidence().is_err());
        let finding = finding.with_claim(Some(("slower than a thread", Fate::Holds)));
        assert_eq!(finding.evidence(), Ok((Fate::Holds, "10.0 µs".to_owned())));
    }
}
