//! Processes: the program started again, with a memory of its own each time.

mod probes;
mod registry;
mod workloads;

use std::process::ExitCode;

use probes::{crash, pingpong, race, sleepers, ticker};
use shared::cli::{self, Technique};
use workloads::{compute, download, waiter};

fn main() -> ExitCode {
    registry::init();
    cli::main(Technique {
        name: "multiprocessing",
        worker: "process",
        pass_on: registry::pass_on,
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
