//! Threads: one memory, and the system decides which of them runs.

mod probes;
mod workloads;

use std::process::ExitCode;

use probes::{blocking, crash, crash_pool, offload, pingpong, race, race_call, sleepers, ticker};
use shared::cli::{self, Technique};
use workloads::{compute, download, serve, waiter};

fn main() -> ExitCode {
    cli::main(Technique {
        name: "threading",
        worker: "thread",
        choice: None,
        pass_on: |_| Ok(()),
        waiter: |job, ()| waiter::run(job),
        download: |job, ()| download::run(job),
        compute: |job, ()| compute::run(job),
        serve: |job, ()| serve::run(job),
        sleepers: |probe, ()| sleepers::run(probe),
        blocking: |probe, ()| blocking::run(probe),
        offload: Some(|probe, ()| offload::run(probe)),
        ticker: |probe, ()| ticker::run(probe),
        pingpong: |probe, ()| pingpong::run(probe),
        crash: |probe, ()| crash::run(probe),
        crash_pool: Some(|probe, ()| crash_pool::run(probe)),
        race: |probe, ()| race::run(probe),
        race_call: |probe, ()| race_call::run(probe),
    })
}
