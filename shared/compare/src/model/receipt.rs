//! What a receipt looks like in a file, for the schema.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde_json::Value;

/// What a receipt looks like in a file.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "it is read by the derived schema alone")]
pub struct Receipt {
    /// Units of work done.
    units: u64,
    /// Bytes of page bodies received.
    bytes: u64,
    /// What came out: a word, or an object with one field that names the kind of answer.
    answer: Value,
    /// Units that failed where the run went on, by kind of failure.
    errors: BTreeMap<String, u64>,
    /// How pages ended, by outcome.
    outcomes: BTreeMap<String, u64>,
    /// How the tries at them ended, by outcome.
    tries: BTreeMap<String, u64>,
    /// Redirects to other machines that were followed.
    abroad: u64,
    /// Pages that were not fetched because the run was ended before.
    unfinished: u64,
    /// What a probe read off.
    readings: BTreeMap<String, f64>,
    /// How many requests took how many nanoseconds: `1003519:7 1011711:2`.
    latencies: String,
    /// How many times a task was ready for how many nanoseconds before it ran, in the same form; empty where it was not asked for.
    ready: String,
}
