//! The pool on more than one machine: nodes that wait for work, and workloads that are done by them.

mod probes;
mod program;
mod registry;
mod workloads;

use std::process::ExitCode;

use probes::{blocking, crash, pingpong, sleepers, ticker};
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
    serve: |_, ()| program::makes_no_sense("nodes take tasks, and no connections"),
    sleepers: |probe, ()| sleepers::run(probe),
    blocking: |probe, ()| blocking::run(probe),
    offload: None,
    ticker: |probe, ()| ticker::run(probe),
    pingpong: |probe, ()| pingpong::run(probe),
    pingpong_spinning: |_, ()| program::makes_no_sense("a node sleeps until a task comes"),
    switch: |_, ()| program::makes_no_sense("nodes share no core"),
    message: |_, ()| program::makes_no_sense("nodes take tasks, and no messages of another size"),
    memory: |_, ()| program::makes_no_sense("nodes share no memory"),
    crash: |probe, ()| crash::run(probe),
    crash_pool: None,
    race: |_, ()| program::makes_no_sense("nodes share no memory"),
    race_call: |_, ()| program::makes_no_sense("nodes share no memory"),
};
