//! The work, one file for each kind.

pub mod compute;
pub mod download;
pub mod serve;
pub mod waiter;

use shared::cli::Workloads;

pub const ALL: Workloads<()> = Workloads {
    waiter: |job, ()| waiter::run(job),
    download: |job, ()| download::run(job),
    compute: |job, ()| compute::run(job),
    serve: Some(|job, ()| serve::run(job)),
};
