//! The pool on more than one machine: nodes that wait for work, and workloads that are done by them.

mod probes;
mod program;
mod registry;
mod workloads;

use std::process::ExitCode;

use program::broker;
use shared::cli::{self, Technique};

fn main() -> ExitCode {
    registry::init();
    program::main(|| cli::main(TECHNIQUE))
}

const TECHNIQUE: Technique<()> = Technique {
    name: "cluster",
    worker: "node",
    choice: None,
    // Nodes tell their own story, at their own terminals.
    pass_on: |_| Ok(()),
    workloads: workloads::ALL,
    probes: probes::ALL,
};
