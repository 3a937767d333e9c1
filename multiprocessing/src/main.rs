//! Processes: the program started again, with a memory of its own each time.

mod probes;
mod registry;
mod workloads;

use std::process::ExitCode;

use shared::cli::{self, Technique};

fn main() -> ExitCode {
    registry::init();
    cli::main(Technique {
        name: "multiprocessing",
        worker: "process",
        choice: None,
        pass_on: registry::pass_on,
        workloads: workloads::ALL,
        probes: probes::ALL,
    })
}
