//! Compute every unit with a pool of threads.
//!
//!     cargo run --release -p threading -- hashes
//!
//! Rust has no global lock: every thread uses a core of its own, as long as there are cores.

use anyhow::{Result, anyhow};
use rayon::ThreadPoolBuilder;
use rayon::prelude::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};
use shared::Receipt;
use shared::compute::{Job, Unit};
use tracing::instrument;

pub fn run(job: &Job) -> Result<Receipt> {
    let pool = ThreadPoolBuilder::new().num_threads(job.workers).build();
    let pool = pool.map_err(|error| anyhow!("a thread did not start: {error}"))?;
    pool.install(|| {
        let receipts = job.units.par_iter().with_min_len(job.chunk).map(compute);
        Ok(receipts.sum())
    })
}

#[instrument(skip_all)]
fn compute(unit: &Unit) -> Receipt {
    unit.compute()
}
