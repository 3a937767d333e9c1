//! The commands that other techniques do not have, and the address of the broker.

pub mod broker;
mod commands;
mod machines;
pub mod patience;
mod standing;
pub mod started;
mod tasks;
mod words;

use std::process::ExitCode;

use anyhow::Error;
use clap::error::ErrorKind;
use shared::cli;

use words::Choice;

/// What the nodes can be given to do, as in all techniques.
const WORKLOADS: [&str; 7] = [
    "waiter", "hello", "sites", "cats", "lists", "squares", "hashes",
];

/// What the nodes can be asked.
const PROBES: [&str; 5] = ["sleepers", "blocking", "ticker", "pingpong", "crash"];

/// Runs a command of its own, or a workload by `run`, for which it connects first: then an unusable broker prints its error alone.
pub fn main(run: impl FnOnce() -> ExitCode) -> ExitCode {
    if started::is_keeper() {
        return cli::report("cluster", started::keep);
    }
    match words::choose() {
        Ok(Choice::Own) => cli::report("cluster", commands::run),
        Ok(Choice::Help) => cli::report("cluster", commands::help),
        Ok(Choice::Workload) => {
            broker::prepare();
            let code = run();
            broker::leave();
            code
        }
        Ok(Choice::HelpOfWorkload) => match run() {
            ExitCode::SUCCESS => cli::report("cluster", commands::help_of_broker),
            failed => failed,
        },
        Err(error) => cli::report("cluster", || Err(error)),
    }
}

/// A wrong command line, in one line.
fn usage(text: &str) -> Error {
    clap::Error::raw(ErrorKind::ValueValidation, text).into()
}
