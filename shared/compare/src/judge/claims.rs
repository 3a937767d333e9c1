//! The claims of Python's documents and tutorials: the fate of each in Python, on this machine, and in Rust.
//!
//! A claim is judged in both languages by one rule.

use crate::judge::conclusion::{Row, conclude};
use crate::judge::finding::{Evidence, Fate};
use crate::judge::questions::QUESTIONS;
use crate::judge::threshold::Threshold;
use crate::model::results::Results;
use crate::model::technique::Contestant;

/// A claim, and what became of it.
#[derive(Debug)]
pub struct Claim {
    /// The claim itself.
    pub text: String,
    /// How it is judged, in words.
    pub words: &'static str,
    /// The numbers at which its fate changes.
    pub thresholds: &'static [Threshold],
    /// Its fate in each interpreter.
    pub pythons: Vec<Evidence>,
    /// Its fate in Rust.
    pub rust: Evidence,
}

/// All claims that something was measured for, in as many interpreters as took part. Without any, those of the conclusion
/// table stand there alone.
pub fn claims(rust: &Results) -> Vec<Claim> {
    let pythons = rust.pythons.iter();
    let pythons = pythons.filter(|python| python.description.is_ok());
    let pythons: Vec<_> = pythons.map(|python| python.as_results(rust)).collect();
    let mut claims = match pythons[..] {
        [] => Vec::new(),
        _ => of_the_conclusion(rust, &pythons),
    };
    for rule in QUESTIONS.iter().flat_map(|question| question.claims) {
        let pythons = pythons.iter().map(|python| rule.in_python(python));
        claims.push(Claim {
            text: rule.subject.to_owned(),
            words: rule.words,
            thresholds: rule.thresholds,
            pythons: pythons.collect(),
            rust: rule.in_rust(rust),
        });
    }
    // A run of a few workloads says nothing about most claims, and a claim about Python alone needs one.
    claims.retain(|claim| match claim.pythons[..] {
        [] => claim.rust.is_ok(),
        _ => claim.pythons.iter().any(Result::is_ok),
    });
    claims
}

/// Every claim of which something was measured, and its fate in Rust.
pub fn fates(rust: &Results) -> Vec<(String, Fate)> {
    let rules = QUESTIONS.iter().flat_map(|question| question.claims);
    let rules = rules.map(|rule| (rule.subject.to_owned(), rule.in_rust(rust)));
    let cells = of_the_conclusion(rust, &[]).into_iter();
    let claims = cells.map(|claim| (claim.text, claim.rust)).chain(rules);
    let fates = claims.filter_map(|(text, evidence)| Some((text, evidence.ok()?.0)));
    fates.collect()
}

impl Claim {
    /// Its fate in all languages together.
    pub fn verdict(&self) -> &'static str {
        let fate = |evidence: &Evidence| evidence.as_ref().ok().map(|(fate, _)| *fate);
        let pythons: Vec<_> = self.pythons.iter().filter_map(fate).collect();
        verdict(&pythons, fate(&self.rust))
    }
}

fn verdict(pythons: &[Fate], rust: Option<Fate>) -> &'static str {
    let fates: Vec<_> = pythons.iter().copied().chain(rust).collect();
    if fates.is_empty() {
        return "not measured";
    }
    // A language in which nothing is decided contradicts none.
    let mut sure = fates.iter().filter(|fate| **fate != Fate::Unsure);
    let first = sure.next();
    match first {
        Some(first) if sure.any(|fate| fate != first) => "depends",
        Some(first) if !fates.contains(&Fate::Unsure) => first.word(),
        _ => Fate::Unsure.word(),
    }
}

/// The claims of the conclusion table, one for each of its cells that has one.
fn of_the_conclusion(rust: &Results, pythons: &[Results]) -> Vec<Claim> {
    let ours = conclude(rust);
    let theirs: Vec<_> = pythons.iter().map(conclude).collect();
    let mut claims = Vec::new();
    for (row, Row { rule, .. }) in ours.iter().enumerate() {
        for (column, who) in Contestant::VERDICTS.into_iter().enumerate() {
            let mut tables = std::iter::once(&ours).chain(&theirs);
            let claim = tables.find_map(|table| table[row].findings[column].as_ref().ok()?.claim);
            let Some((claim, _)) = claim else { continue };
            let evidence = |table: &Vec<Row>| table[row].findings[column].clone()?.evidence();
            claims.push(Claim {
                text: format!("{}, {who}: {claim}", rule.subject),
                words: rule.words,
                thresholds: rule.thresholds,
                pythons: theirs.iter().map(evidence).collect(),
                rust: evidence(&ours),
            });
        }
    }
    claims
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::model::rows;
    use crate::model::run::Run;
    use crate::model::technique::Contestant::*;

    fn judged(claims: &[Claim], text: &str) -> (&'static str, Option<Fate>, Option<Fate>) {
        let claim = claims
            .iter()
            .find(|claim| claim.text.contains(text))
            .expect(text);
        let fate = |evidence: &Evidence| evidence.as_ref().ok().map(|(fate, _)| *fate);
        (claim.verdict(), fate(&claim.pythons[0]), fate(&claim.rust))
    }

    #[test]
    fn without_python_the_claims_of_the_conclusion_table_stand_there_alone() {
        let claims = claims(&fixtures::results());
        let texts: Vec<_> = claims.iter().map(|claim| claim.text.as_str()).collect();
        assert!(texts.contains(&"sharing memory is faster than messages"));
        let of_the_table = "use multiple CPUs";
        assert!(!texts.iter().any(|text| text.starts_with(of_the_table)));
        let about_python = "a session is worth keeping";
        assert!(!texts.contains(&about_python), "{texts:?}");
    }

    #[test]
    fn a_disturbed_measurement_neither_upholds_nor_refutes_a_claim() {
        let busy = |run: &mut Run| {
            run.noise = Some(fixtures::BUSY);
        };
        let results = fixtures::results().with(rows::Row::Hashes, Threading, busy);
        let claims = claims(&results);
        let fate = |text| {
            let claim = claims.iter().find(|claim| claim.text == text).expect(text);
            claim.rust.as_ref().map(|(fate, _)| *fate)
        };
        let gains = fate("CPU-bound work gains only from processes");
        assert_eq!(gains, Ok(Fate::Unsure));
        let sharing = fate("sharing memory is faster than messages");
        assert_eq!(sharing, Ok(Fate::InPart), "it looks at something else");
    }

    #[test]
    fn every_claim_looks_at_experiments_that_exist() {
        let results = fixtures::results();
        let pythons_own = [
            rows::Row::HashesInterpreters,
            rows::Row::HashesBuffers,
            rows::Row::CatsPublished,
        ];
        let rules = QUESTIONS.iter().flat_map(|question| question.claims);
        for name in rules.flat_map(|rule| rule.experiments) {
            let servers = || fixtures::results_of(&["--only", "serve"]);
            let known = results.experiment(*name).is_ok()
                || pythons_own.contains(name)
                || servers().experiment(*name).is_ok();
            assert!(known, "{name}");
        }
    }

    #[test]
    fn threads_that_gain_in_one_language_alone_make_it_depend() {
        let python =
            fixtures::results().with(rows::Row::Hashes, Multiprocessing, |run| run.seconds = 0.5);
        let python = fixtures::python(&python);
        let mut rust = fixtures::results()
            .with(rows::Row::Hashes, Multiprocessing, |run| run.seconds = 0.5)
            .with(rows::Row::Hashes, Threading, |run| run.seconds = 0.5);
        rust.pythons = vec![python];
        let claims = claims(&rust);
        let found = judged(&claims, "gains only from processes");
        assert_eq!(found, ("depends", Some(Fate::Holds), Some(Fate::Refuted)));
        let found = judged(&claims, "did not help");
        assert_eq!(found, ("depends", Some(Fate::Holds), Some(Fate::InPart)));
    }

    #[test]
    fn every_claim_of_the_conclusion_table_is_among_them() {
        let mut rust = fixtures::results()
            .with_ladder(Threading, &[1, 10], 9000)
            .with_ladder(Multiprocessing, &[1, 10], 90_000)
            .with_ladder(Asyncio, &[1, 10, 100], 900)
            .with_ladder(Sequential, &[1], 0)
            .with(rows::Row::Ticker, Threading, |run| {
                run.receipt = run.receipt.clone().with_reading("longest_gap", 0.01);
            });
        let python = fixtures::python(&rust);
        rust.pythons = vec![python];
        let claims = claims(&rust);
        for feature in [
            "scheduling, threading",
            "use multiple CPUs, asyncio",
            "scalability, asyncio",
            "memory for each",
        ] {
            assert!(
                claims.iter().any(|claim| claim.text.starts_with(feature)),
                "{feature}"
            );
        }
        assert_eq!(judged(&claims, "async carries more").0, "not decided");
        assert_eq!(judged(&claims, "cheaper than a function call").0, "in part");
    }

    #[test]
    fn a_verdict_needs_agreement() {
        use Fate::{Holds, InPart, Refuted};
        assert_eq!(verdict(&[Holds], Some(Holds)), "holds");
        assert_eq!(verdict(&[Holds, Refuted], Some(Holds)), "depends");
        assert_eq!(verdict(&[Holds], Some(InPart)), "depends");
        assert_eq!(verdict(&[Refuted], None), "refuted");
        assert_eq!(verdict(&[], None), "not measured");
        assert_eq!(verdict(&[Fate::Unsure], Some(Holds)), "not decided");
        assert_eq!(verdict(&[Holds], Some(Fate::Unsure)), "not decided");
        assert_eq!(verdict(&[Fate::Unsure], None), "not decided");
        assert_eq!(verdict(&[Holds, Fate::Unsure], Some(Refuted)), "depends");
    }

    #[test]
    fn the_fates_in_rust_are_those_of_the_table_and_of_the_claims_beside_it() {
        let fates = fates(&fixtures::results());
        let fate = |text: &str| {
            let mut fates = fates.iter();
            fates
                .find(|(claim, _)| claim == text)
                .map(|(_, fate)| *fate)
        };
        let of_the_table = fate("use multiple CPUs, multiprocessing: yes");
        assert_eq!(of_the_table, Some(Fate::Refuted));
        let beside_it = fate("CPU-bound work gains only from processes");
        assert_eq!(beside_it, Some(Fate::InPart));
    }
}
