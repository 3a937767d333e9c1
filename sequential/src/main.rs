//! One after another, on the one thread that every program has: what the others are measured against.

mod probes;
mod workloads;

use std::process::ExitCode;

use probes::{
    blocking, crash, memory, message, pingpong, pingpong_spinning, race, race_call, sleepers,
    switch, ticker,
};
use shared::cli::{self, Technique};
use workloads::{compute, download, serve, waiter};

fn main() -> ExitCode {
    cli::main(Technique {
        name: "sequential",
        worker: "main",
        choice: None,
        pass_on: |_| Ok(()),
        waiter: |job, ()| waiter::run(job),
        download: |job, ()| download::run(job),
        compute: |job, ()| compute::run(job),
        serve: |job, ()| serve::run(job),
        sleepers: |probe, ()| sleepers::run(probe),
        blocking: |probe, ()| blocking::run(probe),
        offload: None,
        ticker: |probe, ()| ticker::run(probe),
        pingpong: |probe, ()| pingpong::run(probe),
        pingpong_spinning: |probe, ()| pingpong_spinning::run(probe),
        switch: |probe, ()| switch::run(probe),
        message: |probe, ()| message::run(probe),
        memory: |probe, ()| memory::run(probe),
        crash: |probe, ()| crash::run(probe),
        crash_pool: None,
        race: |probe, ()| race::run(probe),
        race_call: |probe, ()| race_call::run(probe),
    })
}
