//! An interpreter's part, as the rules see it, and what went wrong in it.

use crate::judge::screening;
use crate::model::python::{CELERY, Python};
use crate::model::results::Results;

impl Python {
    /// The same measurements as if Rust had been measured, for the rules that judge those.
    pub fn as_results(&self, rust: &Results) -> Results {
        Results {
            experiments: self.experiments.clone(),
            ladders: self.ladders.clone(),
            lines: self.lines.clone(),
            uncounted: self.uncounted.clone(),
            pythons: Vec::new(),
            machine: rust.machine.clone(),
            standing: rust.standing.clone(),
            ..*rust
        }
    }

    /// What is wrong, in one line each: nothing of it touches Rust's rows.
    pub fn troubles(&self) -> Vec<String> {
        let description = match &self.description {
            Ok(description) => description,
            Err(reason) => return vec![reason.clone()],
        };
        let rows = self.experiments.iter();
        let mut troubles: Vec<_> = rows
            .filter_map(|row| {
                Some(format!(
                    "{}: {}: {}",
                    self.program,
                    row.name,
                    screening::pass(row).err()?
                ))
            })
            .collect();
        let (celery, packages) = description
            .missing
            .iter()
            .partition::<Vec<_>, _>(|package| *package == CELERY);
        for (missing, lost) in [(packages, "its downloads are"), (celery, "its cluster is")] {
            if !missing.is_empty() {
                let missing: Vec<_> = missing.into_iter().map(String::as_str).collect();
                troubles.push(format!(
                    "{}: no {}, so {lost} left out: `make python`, then PYTHON=target/python/bin/python3",
                    self.program,
                    missing.join(" and no ")
                ));
            }
        }
        troubles
    }

    /// Whether it took part, and every run that was to end well did. A package that is missing is no failure.
    pub fn all_well(&self) -> bool {
        self.description.is_ok()
            && self
                .experiments
                .iter()
                .all(|row| screening::pass(row).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::model::rows::Row;
    use crate::model::technique::Contestant::Threading;

    #[test]
    fn a_run_that_fails_is_named_and_a_package_that_is_missing_is_no_failure() {
        let well = fixtures::python(&fixtures::results());
        assert!(well.all_well() && well.troubles().is_empty());

        let failed = fixtures::results().with_failure(Row::Hashes, Threading, "no answer");
        let failed = fixtures::python(&failed);
        assert!(!failed.all_well());
        assert_eq!(failed.troubles(), ["python3: hashes: threading: no answer"]);

        let mut without = well.clone();
        without.description.as_mut().unwrap().missing = vec!["aiohttp".to_owned()];
        let troubles = without.troubles();
        assert!(without.all_well() && troubles.len() == 1, "{troubles:?}");
        assert!(troubles[0].starts_with("python3: no aiohttp, so"));

        without.description.as_mut().unwrap().missing = vec![CELERY.to_owned()];
        let troubles = without.troubles();
        assert!(without.all_well() && troubles.len() == 1, "{troubles:?}");
        assert!(
            troubles[0]
                .starts_with("python3: no celery, so its cluster is left out: `make python`")
        );

        let absent = Python {
            description: Err("there is no python3".to_owned()),
            ..well
        };
        assert!(!absent.all_well());
        assert_eq!(absent.troubles(), ["there is no python3"]);
    }
}
