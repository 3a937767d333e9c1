//! The work, one file for each kind.

pub mod compute;
pub mod download;
pub mod serve;
pub mod waiter;

use shared::cli::Workloads;

use crate::event_loop::{Runtime, run};

pub const ALL: Workloads<Runtime> = Workloads {
    waiter: |job, runtime| run(runtime, waiter::run(job)),
    download: |job, runtime| run(runtime, download::run(job)),
    compute: |job, runtime| run(runtime, compute::run(job)),
    serve: Some(|job, runtime| run(runtime, serve::run(job))),
};
