//! The pool on more than one machine: nodes that wait for work, and workloads that are done by them.

mod program;
mod registry;
mod workloads;

use std::process::ExitCode;

use program::broker;
use shared::cli::{self, Technique};
use workloads::{compute, download, waiter};

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
    waiter: |job, ()| waiter::run(job),
    download: |job, ()| download::run(job),
    compute: |job, ()| compute::run(job),
    serve: |_, ()| program::no_probe(),
    sleepers: |_, ()| program::no_probe(),
    blocking: |_, ()| program::no_probe(),
    offload: None,
    ticker: |_, ()| program::no_probe(),
    pingpong: |_, ()| program::no_probe(),
    crash: |_, ()| program::no_probe(),
    crash_pool: None,
    race: |_, ()| program::no_probe(),
    race_call: |_, ()| program::no_probe(),
};
