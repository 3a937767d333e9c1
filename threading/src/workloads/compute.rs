//! Compute every unit.
//!
//!     cargo run --release --bin threading -- hashes
//!
//! Rust has no global lock: every thread of the pool uses a core of its own, as long as there are cores.

use anyhow::Result;
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use shared::Receipt;
use shared::compute::{Job, Unit};
use tracing::instrument;

pub fn run(job: &Job) -> Result<Receipt> {
    let pool = ThreadPoolBuilder::new().num_threads(job.workers).build()?;
    let units = job.units.par_iter().with_min_len(job.chunk).map(compute);
    Ok(pool.install(|| units.sum()))
}

#[instrument(skip_all)]
fn compute(unit: &Unit) -> Receipt {
    unit.compute()
}
