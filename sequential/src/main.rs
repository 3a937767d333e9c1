//! One after another, on the one thread that every program has: what the others are measured against.

mod probes;
mod workloads;

use std::process::ExitCode;

use probes::{crash, pingpong, race, sleepers, ticker};
use shared::cli::{self, Technique};
use workloads::{compute, download, waiter};

fn main() -> ExitCode {
    cli::main(Technique {
        name: "sequential",
        worker: "main",
        pass_on: |_| Ok(()),
        waiter: |job, _| waiter::run(job),
        download: |job, _| download::run(job),
        compute: |job, _| compute::run(job),
        sleepers: |probe, _| sleepers::run(probe),
        ticker: |probe, _| ticker::run(probe),
        pingpong: |probe, _| pingpong::run(probe),
        crash: |probe, _| crash::run(probe),
        race: |probe, _| race::run(probe),
    })
}
