//! The names of rows, and what more than one stage knows of them.

/// The rows of the workload table.
pub const WORKLOADS: [&str; 7] = [
    "waiter", "hello", "sites", "cats", "lists", "squares", "hashes",
];

/// The families of probes.
pub const PROBES: [&str; 9] = [
    "ticker", "pingpong", "start", "blocking", "crash", "race", "sleepers", "when", "serve",
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

/// The servers with more requests than they can answer.
pub const SERVE_MOST: &str = "serve-most";
/// The sweep of the servers over requests a second.
pub const SERVE_RATE: &str = "serve-rate";
/// The sweep of the servers over connections.
pub const SERVE_OPEN: &str = "serve-open";

/// What the load of a server reads off itself: CPU seconds in all, the share of a core while requests were due, and by how many
/// seconds 99% of its requests were late at most when they were sent.
pub const LOAD_CPU: &str = "load_cpu";
pub const LOAD_BUSY: &str = "load_busy";
pub const LOAD_LATE: &str = "load_late";
/// How many connections were answered before the load began.
pub const GREETED: &str = "greeted";
