//! An interpreter's part, as the rules see it, and what went wrong in it.

use crate::judge::screening;
use crate::model::python::Python;
use crate::model::results::Results;

impl Python {
    /// The same measurements as if Rust had been measured, for the rules that judge those.
    pub fn as_results(&self, rust: &Results) -> Results {
        Results {
            experiments: self.experiments.clone(),
            ladders: self.ladders.clone(),
            lines: self.lines.clone(),
            pythons: Vec::new(),
            machine: rust.machine.clone(),
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
        if !description.missing.is_empty() {
            troubles.push(format!(
                "{}: no {}, so its downloads are left out: `make python`, then PYTHON=target/python/bin/python3",
                self.program,
                description.missing.join(" and no ")
            ));
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
