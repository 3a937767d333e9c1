//! The commands that other techniques do not have, and the address of the broker.

pub mod broker;
mod commands;
mod machines;

use std::env;
use std::process::ExitCode;

use anyhow::{Result, bail};
use shared::Receipt;
use shared::cli;

/// Runs a command of its own. `None`: the command line is one that all techniques have.
pub fn main() -> Option<ExitCode> {
    let first = env::args().nth(1);
    match first.as_deref() {
        Some("node" | "status" | "dead" | "machines") => {
            Some(cli::report("cluster", commands::run))
        }
        _ => match broker::take() {
            Ok(()) => None,
            Err(error) => Some(cli::report("cluster", || Err(error))),
        },
    }
}

/// Probes ask about one machine.
pub fn no_probe() -> Result<Receipt> {
    bail!("cluster has workloads and no probes: waiter, hello, sites, cats, lists, squares, hashes")
}
