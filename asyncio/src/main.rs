//! Tasks on an event loop: one of them runs until it awaits something, then the next.

mod delay;
mod event_loop;
mod listener;
mod probes;
mod session;
mod workloads;

use std::process::ExitCode;

use event_loop::run;
use probes::{
    blocking, crash, crash_pool, memory, message, offload, pingpong, pingpong_spinning, race,
    race_call, sleepers, switch, ticker,
};
use shared::cli::{self, Technique};
use workloads::{compute, download, serve, waiter};

fn main() -> ExitCode {
    cli::main(Technique {
        name: "asyncio",
        worker: "task",
        choice: Some(event_loop::CHOICE),
        pass_on: |_| Ok(()),
        waiter: |job, runtime| run(runtime, waiter::run(job)),
        download: |job, runtime| run(runtime, download::run(job)),
        compute: |job, runtime| run(runtime, compute::run(job)),
        serve: |job, runtime| run(runtime, serve::run(job)),
        sleepers: |probe, runtime| run(runtime, sleepers::run(probe)),
        blocking: |probe, runtime| run(runtime, blocking::run(probe)),
        offload: Some(|probe, runtime| run(runtime, offload::run(probe))),
        ticker: |probe, runtime| run(runtime, ticker::run(probe)),
        pingpong: |probe, runtime| run(runtime, pingpong::run(probe)),
        pingpong_spinning: |probe, runtime| run(runtime, pingpong_spinning::run(probe)),
        switch: |probe, runtime| run(runtime, switch::run(probe)),
        message: |probe, runtime| run(runtime, message::run(probe)),
        memory: |probe, runtime| run(runtime, memory::run(probe)),
        crash: |probe, runtime| run(runtime, crash::run(probe)),
        crash_pool: Some(|probe, runtime| run(runtime, crash_pool::run(probe))),
        race: |probe, runtime| run(runtime, race::run(probe)),
        race_call: |probe, runtime| run(runtime, race_call::run(probe)),
    })
}
