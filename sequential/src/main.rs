//! One after another, on the one thread that every program has: what the others are measured against.

mod probes;
mod workloads;

use std::process::ExitCode;

use shared::cli::{self, Technique};

fn main() -> ExitCode {
    cli::main(Technique {
        name: "sequential",
        worker: "main",
        choice: None,
        pass_on: |_| Ok(()),
        workloads: workloads::ALL,
        probes: probes::ALL,
    })
}
