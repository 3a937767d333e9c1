//! An interpreter, and what was measured of it: in the form of what is measured of Rust, so that the same rules judge both.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::experiment::Experiment;
use crate::model::ladder::Ladder;
use crate::model::technique::Contestant;

/// The package without which an interpreter has no column of the cluster.
pub const CELERY: &str = "celery";

/// An interpreter, and what was measured of it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Python {
    /// What the user calls it.
    pub program: String,
    /// What it says of itself, or why it takes no part, in one line.
    pub description: Result<Description, String>,
    /// What was done, row by row.
    pub experiments: Vec<Experiment>,
    /// How many units each technique can keep alive.
    pub ladders: Vec<Ladder>,
    /// Lines of code of each technique's three workload files.
    pub lines: BTreeMap<Contestant, u64>,
    /// Why those of a technique were not counted.
    #[serde(default)]
    pub uncounted: BTreeMap<Contestant, String>,
}

/// What an interpreter says of itself.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Description {
    /// Such as 3.11.7.
    pub version: String,
    /// Such as `CPython`.
    pub implementation: String,
    /// Whether it runs without the interpreter's lock.
    pub free_threading: bool,
    /// Whether it has a pool of interpreters.
    pub interpreters: bool,
    /// Packages that it lacks for what was asked.
    pub missing: Vec<String>,
}

impl Python {
    /// Its name in a table.
    pub fn name(&self) -> String {
        match &self.description {
            Ok(it) if it.free_threading => format!("Python {} without its lock", it.version),
            Ok(it) => format!("Python {}", it.version),
            Err(_) => self.program.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::fixtures;

    #[test]
    fn an_interpreter_is_named_by_its_version_and_whether_it_lacks_the_lock() {
        let mut python = fixtures::python(&fixtures::results());
        assert_eq!(python.name(), "Python 3.99.0");
        python.description.as_mut().unwrap().free_threading = true;
        assert_eq!(python.name(), "Python 3.99.0 without its lock");
        python.description = Err("it is too old".to_owned());
        assert_eq!(python.name(), "python3");
    }
}
