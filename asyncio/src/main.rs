//! Tasks on an event loop: one of them runs until it awaits something, then the next.

mod delay;
mod event_loop;
mod listener;
mod probes;
mod session;
mod workloads;

use std::process::ExitCode;

use shared::cli::{self, Technique};

fn main() -> ExitCode {
    cli::main(Technique {
        name: "asyncio",
        worker: "task",
        choice: Some(event_loop::CHOICE),
        pass_on: |_| Ok(()),
        workloads: workloads::ALL,
        probes: probes::ALL,
    })
}
