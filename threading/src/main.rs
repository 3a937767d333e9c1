//! Threads: one memory, and the system decides which of them runs.

mod probes;
mod workloads;

use std::process::ExitCode;

use shared::cli::{self, Technique};

fn main() -> ExitCode {
    cli::main(Technique {
        name: "threading",
        worker: "thread",
        choice: None,
        pass_on: |_| Ok(()),
        workloads: workloads::ALL,
        probes: probes::ALL,
    })
}
