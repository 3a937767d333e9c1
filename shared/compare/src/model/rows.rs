//! The names of rows, and what more than one stage knows of them.

/// The rows of the workload table.
pub const WORKLOADS: [&str; 7] = [
    "waiter", "hello", "sites", "cats", "lists", "squares", "hashes",
];

/// The families of probes.
pub const PROBES: [&str; 8] = [
    "ticker", "pingpong", "start", "blocking", "crash", "race", "sleepers", "when",
];

/// The family that an experiment belongs to: its name up to the first dash.
pub fn family(name: &str) -> &str {
    name.split_once('-').map_or(name, |(family, _)| family)
}

/// How many calls that block are made at once to see whether they overlap.
pub const BLOCKING_CALLS: u32 = 10;
/// Seconds for which each of them blocks.
pub const BLOCKING_NAP: f64 = 0.02;

/// The row of the server that behaves.
pub const GOOD: &str = "sites-good";
/// The row of the server that does not.
pub const BAD: &str = "sites-bad";
