//! Prove that every snippet can be copied, and list them all beside their Python names.
//!
//!     cargo run --bin snippets
//!     cargo run --bin snippets -- rosetta

mod prove;
mod rosetta;
mod snippet;

use clap::{Parser, Subcommand};

/// The snippets: `examples/*.rs` of threading, multiprocessing and asyncio.
#[derive(Parser)]
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
        /// Change nothing, and fail if the table there is not the one that would be written.
        #[arg(long)]
        check: bool,
    },
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse()
        .action
        .unwrap_or(Action::Prove { filter: None })
    {
        Action::Prove { filter } => prove::run(&filter.unwrap_or_default()),
        Action::Rosetta { check } => rosetta::run(check),
    }
}
