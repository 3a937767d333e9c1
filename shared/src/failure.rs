//! Why a unit of work failed, in a form that can cross a process border.

use std::fmt::Display;

use serde::{Deserialize, Serialize};

/// An error as its message, causes included: what is left of any error once it has crossed into another process.
///
/// Inside one process an `anyhow::Error` carries more; the unit functions of `multiprocessing` return this instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure(String);

impl Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self(format!("{error:#}"))
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        anyhow::Error::from(error).into()
    }
}
