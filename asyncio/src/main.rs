//! Tasks on an event loop: one of them runs until it awaits something, then the next.

mod event_loop;
mod probes;
mod session;
mod workloads;

use std::process::ExitCode;

use event_loop::run;
use probes::{crash, pingpong, race, sleepers, ticker};
use shared::cli::{self, Technique};
use workloads::{compute, download, waiter};

fn main() -> ExitCode {
    cli::main(Technique {
        name: "asyncio",
        worker: "task",
        pass_on: |_| Ok(()),
        waiter: |job, runtime| run(runtime, waiter::run(job)),
        download: |job, runtime| run(runtime, download::run(job)),
        compute: |job, runtime| run(runtime, compute::run(job)),
        sleepers: |probe, runtime| run(runtime, sleepers::run(probe)),
        ticker: |probe, runtime| run(runtime, ticker::run(probe)),
        pingpong: |probe, runtime| run(runtime, pingpong::run(probe)),
        crash: |probe, runtime| run(runtime, crash::run(probe)),
        race: |probe, runtime| run(runtime, race::run(probe)),
    })
}
