//! What results.json says beside its measurements: what follows from them, for readers that are programs.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::judge::finding::{Evidence, Fate};
use crate::judge::guidance::Guidance;
use crate::judge::report::Report;
use crate::judge::workload::Entry;
use crate::model::results::Results;
use crate::model::stats::Estimate;
use crate::model::technique::Contestant;

/// What results.json holds. Read back, its verdicts are left alone: they follow from the rest.
#[derive(Serialize, JsonSchema)]
pub struct File<'a> {
    /// What was measured.
    #[serde(flatten)]
    results: &'a Results,
    /// What follows from it.
    verdicts: Verdicts,
}

/// The report, one record for each field of its tables.
#[derive(Serialize, JsonSchema)]
pub struct Verdicts {
    /// The workload table.
    times: Vec<Time>,
    /// The conclusion table.
    conclusion: Vec<Verdict>,
    /// Which technique pays from where on.
    when_to_use: Guidance,
    /// The claims of Python's documents, if an interpreter took part.
    claims: Vec<Claim>,
    /// How near to the possible this machine was brought, in sentences.
    floors: Vec<String>,
    /// How far each technique climbed, and what stopped it, in sentences.
    ladders: Vec<String>,
    /// What the gates let pass and what not, in sentences.
    gates: Vec<String>,
    /// What went wrong, in sentences.
    troubles: Vec<String>,
}

/// A field of the workload table.
#[derive(Serialize, JsonSchema)]
struct Time {
    workload: String,
    technique: Contestant,
    /// Wall-clock seconds.
    seconds: Estimate,
    /// By which share the median is more than the floor; null if the floor is not known.
    above_floor: Option<f64>,
    /// Whether others disturbed it, so that it has no place.
    noisy: bool,
    /// Whether no other was surely faster.
    fastest: bool,
}

/// A field of the conclusion table.
#[derive(Serialize, JsonSchema)]
struct Verdict {
    feature: &'static str,
    technique: Contestant,
    /// In a word or two.
    verdict: String,
    /// The number behind it.
    number: String,
    /// A claim of Python's documents.
    claim: Option<&'static str>,
    /// What becomes of that.
    fate: Option<Fate>,
    /// Whether others disturbed what it rests on.
    noisy: bool,
}

/// A claim of Python's documents, and its fate in each language.
#[derive(Serialize, JsonSchema)]
struct Claim {
    said: String,
    /// All languages together: `depends` if they differ.
    verdict: &'static str,
    /// The languages in which it was measured.
    languages: BTreeMap<String, Language>,
}

/// What a language makes of a claim.
#[derive(Serialize, JsonSchema)]
struct Language {
    fate: Fate,
    number: String,
}

impl<'a> File<'a> {
    /// These results, and what `report` says of them.
    pub fn of(results: &'a Results, report: &Report) -> Self {
        Self {
            results,
            verdicts: Verdicts::of(report),
        }
    }

    /// The file as JSON.
    ///
    /// # Errors
    ///
    /// If a number is none that JSON knows.
    pub fn text(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

impl Verdicts {
    /// What this report says. What was not measured is left out.
    fn of(report: &Report) -> Self {
        Self {
            times: times(report),
            conclusion: conclusion(report),
            when_to_use: report.guidance.clone(),
            claims: claims(report),
            floors: report.floors.clone(),
            ladders: report.ladders.clone(),
            gates: report.gates.clone(),
            troubles: report.troubles.clone(),
        }
    }
}

fn times(report: &Report) -> Vec<Time> {
    let mut times = Vec::new();
    for row in &report.workloads {
        for (technique, entry) in Contestant::COLUMNS.into_iter().zip(&row.entries) {
            if let Entry::Timed {
                wall, noisy, place, ..
            } = entry
            {
                times.push(Time {
                    workload: row.name.to_string(),
                    technique,
                    seconds: *wall,
                    above_floor: row.floor.map(|floor| wall.median / floor - 1.0),
                    noisy: *noisy,
                    fastest: place.is_some(),
                });
            }
        }
    }
    times
}

fn conclusion(report: &Report) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for row in &report.conclusion {
        for (technique, finding) in Contestant::VERDICTS.into_iter().zip(&row.findings) {
            let Ok(finding) = finding else { continue };
            verdicts.push(Verdict {
                feature: row.rule.subject,
                technique,
                verdict: finding.verdict.clone(),
                number: finding.number.clone(),
                claim: finding.claim.map(|(claim, _)| claim),
                fate: finding.claim.map(|(_, fate)| fate),
                noisy: finding.noisy,
            });
        }
    }
    verdicts
}

fn claims(report: &Report) -> Vec<Claim> {
    let language = |evidence: &Evidence| {
        let (fate, number) = evidence.clone().ok()?;
        Some(Language { fate, number })
    };
    let pythons = &report.beside.pythons;
    let claims = report.beside.claims.iter().map(|claim| {
        let names = pythons.iter().cloned().chain(["Rust".to_owned()]);
        let evidence = claim.pythons.iter().chain([&claim.rust]);
        let languages = names
            .zip(evidence)
            .filter_map(|(name, evidence)| Some((name, language(evidence)?)));
        Claim {
            said: claim.text.clone(),
            verdict: claim.verdict(),
            languages: languages.collect(),
        }
    });
    claims.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::fixtures;
    use crate::model::rows::Row;
    use crate::model::technique::Contestant::*;

    fn verdicts(results: &Results) -> Value {
        serde_json::to_value(Verdicts::of(&Report::of(results))).unwrap()
    }

    #[test]
    fn a_program_reads_what_people_do_stamps_included() {
        let noise = Some(fixtures::BUSY);
        let results = fixtures::results()
            .with(Row::Hashes, Threading, |run| run.noise = noise)
            .with(Row::Hashes, Multiprocessing, |run| run.wall = 0.5);
        let verdicts = verdicts(&results);
        let find = |list: &str, row: (&str, &str), technique: &str| {
            let mut records = verdicts[list].as_array().unwrap().iter();
            let record = records.find(|it| it[row.0] == row.1 && it["technique"] == technique);
            record.unwrap().clone()
        };
        let disturbed = find("times", ("workload", "hashes"), "threading");
        assert_eq!(
            (&disturbed["noisy"], &disturbed["fastest"]),
            (&true.into(), &false.into())
        );
        let quick = find("times", ("workload", "hashes"), "multiprocessing");
        assert_eq!(
            (&quick["seconds"]["median"], &quick["fastest"]),
            (&0.5.into(), &true.into())
        );
        let cpus = find(
            "conclusion",
            ("feature", "use multiple CPUs"),
            "multiprocessing",
        );
        assert_eq!(
            (&cpus["claim"], &cpus["fate"]),
            (&"yes".into(), &"holds".into())
        );
        let when = verdicts["when_to_use"]["sentences"].as_array().unwrap();
        assert!(!when.is_empty());
    }

    #[test]
    fn a_file_with_verdicts_is_read_back_as_what_was_measured() {
        let results = fixtures::results();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.json");
        let text = File::of(&results, &Report::of(&results)).text().unwrap();
        std::fs::write(&path, text).unwrap();
        let read = Results::load(&path).unwrap();
        let value = |results: &Results| serde_json::to_value(results).unwrap();
        assert_eq!(value(&read), value(&results));
    }
}
