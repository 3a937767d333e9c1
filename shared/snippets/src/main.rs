//! Prove that every snippet can be copied, and list them all beside their Python names.
//!
//!     cargo run --bin snippets
//!     cargo run --bin snippets -- rosetta

mod prove;
mod rosetta;
mod snippet;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use shared::cli;

/// The snippets: `examples/*.rs` of threading, multiprocessing and asyncio.
#[derive(Parser)]
#[command(name = "snippets")]
struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Subcommand)]
enum Action {
    /// Take each snippet alone into a fresh project with the crates that its header names, build it
    /// without warnings and run it (the default).
    Prove {
        /// Only those whose name, such as threading-lock, contains this.
        filter: Option<String>,
    },
    /// Write the table of Python names and their Rust counterparts into the README of this package.
    Rosetta {
        /// Change nothing, and fail if the table there is out of date.
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    cli::report("snippets", run)
}

fn run() -> anyhow::Result<()> {
    let action = cli::parse::<Arguments>()?.action;
    match action.unwrap_or(Action::Prove { filter: None }) {
        Action::Prove { filter } => prove::run(&filter.unwrap_or_default()),
        Action::Rosetta { check } => rosetta::run(check),
    }
}
