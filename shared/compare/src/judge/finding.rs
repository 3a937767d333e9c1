//! What a rule finds: a verdict, the number behind it, and what becomes of a claim.

use schemars::JsonSchema;
use serde::Serialize;

use crate::judge::threshold::Threshold;
use crate::model::experiment::NotMeasured;
use crate::model::quantity::times;
use crate::model::stats::Samples;

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
        let fate = |claim| match self.verdict.as_str() {
            verdict if verdict == claim => Fate::Holds,
            NOT_DECIDED => Fate::Unsure,
            IN_PART => Fate::InPart,
            _ => Fate::Refuted,
        };
        let claim = claim.map(|claim| (claim, fate(claim)));
        self.with_claim(claim)
    }

    /// The same finding from disturbed measurements, which neither uphold nor refute a claim.
    pub fn disturbed(self) -> Self {
        Self {
            noisy: true,
            ..self.with_undecided_claim()
        }
    }

    /// The same finding beside disturbed measurements, with which its claim compares it.
    pub fn with_undecided_claim(self) -> Self {
        let claim = self.claim.map(|(claim, _)| (claim, Fate::Unsure));
        self.with_claim(claim)
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
    InPart,
    /// It is not so here.
    Refuted,
    /// The measurements cannot tell: they lie between two thresholds, or others disturbed them.
    Unsure,
}

impl Fate {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::InPart => IN_PART,
            Self::Refuted => "refuted",
            Self::Unsure => NOT_DECIDED,
        }
    }

    /// After the claim, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::InPart => "holds in part",
            Self::Refuted => "is refuted",
            Self::Unsure => "is not decided",
        }
    }
}

/// The verdict between two thresholds.
pub const NOT_DECIDED: &str = "not decided";

/// The verdict that a technique does it in part, which changes a claim that it does it, or does not.
pub const IN_PART: &str = "in part";

/// From here on a number is larger than another. Between two runs of one machine a ratio moves by a tenth and more, so there is a
/// band in which nothing is decided between each two answers.
pub const MORE: Threshold = Threshold {
    value: 1.25,
    written: times,
    words: "more than this is more: the claim holds",
};

/// Up to here, and down to its inverse, two numbers are alike.
pub const ALIKE: Threshold = Threshold {
    value: 1.1,
    written: times,
    words: "up to this much more or less is as much: the claim holds in part",
};

/// Down to here a number is smaller than another.
pub const LESS: Threshold = Threshold {
    value: 0.8,
    written: times,
    words: "less than this is less: the claim is refuted; between these nothing is decided, nor where a round says otherwise",
};

/// The fate of the claim that `one` is more than `other`, by their medians. If any round says otherwise, it is not decided: a few
/// rounds show how far chance goes, and no more.
pub fn more_in_rounds(one: &Samples, other: &Samples) -> Fate {
    let fate = more(one.median(), other.median());
    let mut rounds = one.beside(other).map(|(one, other)| more(one, other));
    match rounds.all(|round| round == fate || round == Fate::Unsure) {
        true => fate,
        false => Fate::Unsure,
    }
}

/// The fate of the claim that `one` is more than `other`.
pub fn more(one: f64, other: f64) -> Fate {
    match one / other {
        ratio if ratio > MORE.value => Fate::Holds,
        ratio if ratio < LESS.value => Fate::Refuted,
        ratio if (1.0 / ALIKE.value..=ALIKE.value).contains(&ratio) => Fate::InPart,
        _ => Fate::Unsure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_more_alike_and_less_nothing_is_decided() {
        for (ratio, fate) in [
            (1.26, Fate::Holds),
            (1.24, Fate::Unsure),
            (1.11, Fate::Unsure),
            (1.09, Fate::InPart),
            (0.92, Fate::InPart),
            (0.90, Fate::Unsure),
            (0.81, Fate::Unsure),
            (0.79, Fate::Refuted),
        ] {
            assert_eq!(more(ratio, 1.0), fate, "{ratio}");
            assert_eq!(more(7.0 * ratio, 7.0), fate, "{ratio}");
        }
    }

    #[test]
    fn rounds_that_contradict_their_median_decide_nothing() {
        let samples = |all: &[f64]| Samples::of(all.to_vec()).unwrap();
        let fate = |ones: &[f64]| more_in_rounds(&samples(ones), &samples(&[1.0, 1.0, 1.0]));
        for (ones, expected) in [
            ([1.3, 1.4, 1.5], Fate::Holds),
            ([1.2, 1.3, 1.4], Fate::Holds),
            ([1.0, 1.3, 1.4], Fate::Unsure),
            ([0.7, 1.3, 1.4], Fate::Unsure),
            ([1.0, 1.05, 1.2], Fate::InPart),
            ([1.0, 1.05, 1.3], Fate::Unsure),
            ([0.5, 0.6, 0.85], Fate::Refuted),
            ([0.5, 0.6, 1.0], Fate::Unsure),
        ] {
            assert_eq!(fate(&ones), expected, "{ones:?}");
        }
    }

    #[test]
    fn a_verdict_in_part_changes_a_claim_and_one_that_is_not_decided_refutes_none() {
        let fate = |verdict: &str| {
            Finding::new(verdict, "")
                .with_claimed_verdict(Some("yes"))
                .fate()
        };
        assert_eq!(fate("yes"), Some(Fate::Holds));
        assert_eq!(fate("no"), Some(Fate::Refuted));
        assert_eq!(fate(IN_PART), Some(Fate::InPart));
        assert_eq!(fate(NOT_DECIDED), Some(Fate::Unsure));
    }

    #[test]
    fn a_finding_without_a_claim_is_no_evidence() {
        let finding = Finding::new("10.0 µs", "");
        assert!(finding.clone().evidence().is_err());
        let finding = finding.with_claim(Some(("slower than a thread", Fate::Holds)));
        assert_eq!(finding.evidence(), Ok((Fate::Holds, "10.0 µs".to_owned())));
    }
}
