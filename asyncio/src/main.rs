//! Tasks on an event loop: one of them runs until it awaits something, then the next.

mod probes;
mod session;
mod workloads;

use std::process::ExitCode;

use probes::{crash, pingpong, sleepers, ticker};
use shared::cli::{self, Runtime, Technique};
use tokio::runtime::Builder;
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
    })
}

/// What `asyncio.run` is in Python: an event loop, for as long as this future takes.
fn run<T>(runtime: Runtime, future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let mut builder = match runtime {
        Runtime::CurrentThread => Builder::new_current_thread(),
        Runtime::MultiThread => Builder::new_multi_thread(),
    };
    builder.enable_all().build()?.block_on(future)
}
