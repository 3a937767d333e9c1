//! The line that `--json` prints.

use serde::{Deserialize, Serialize};

use crate::receipt::Receipt;

/// What a program prints with `--json`: one line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The program.
    pub program: String,
    /// The workload or probe.
    pub workload: String,
    /// What it did.
    pub receipt: Receipt,
    /// How long that took, in seconds, as seen from inside: without starting and ending the program.
    pub seconds: f64,
}
