//! Processes: the program started again, with a memory of its own each time.

mod probes;
mod registry;
mod workloads;

use std::process::ExitCode;

use probes::{
    blocking, crash, crash_pool, memory, message, offload, pingpong, pingpong_spinning, race,
    race_call, sleepers, switch, ticker,
};
use shared::cli::{self, Technique};
use workloads::{compute, download, serve, waiter};

fn main() -> ExitCode {
    registry::init();
    cli::main(Technique {
        name: "multiprocessing",
        worker: "process",
        choice: None,
        pass_on: registry::pass_on,
        waiter: |job, ()| waiter::run(job),
        download: |job, ()| download::run(job),
        compute: |job, ()| compute::run(job),
        serve: |job, ()| serve::run(job),
        sleepers: |probe, ()| sleepers::run(probe),
        blocking: |probe, ()| blocking::run(probe),
        offload: Some(|probe, ()| offload::run(probe)),
        ticker: |probe, ()| ticker::run(probe),
        pingpong: |probe, ()| pingpong::run(probe),
        pingpong_spinning: |probe, ()| pingpong_spinning::run(probe),
        switch: |probe, ()| switch::run(probe),
        message: |probe, ()| message::run(probe),
        memory: |probe, ()| memory::run(probe),
        crash: |probe, ()| crash::run(probe),
        crash_pool: Some(|probe, ()| crash_pool::run(probe)),
        race: |probe, ()| race::run(probe),
        race_call: |probe, ()| race_call::run(probe),
    })
}
