//! Compute every unit.
//!
//!     cargo run --release --bin multiprocessing -- hashes
//!
//! Every process of the pool uses a core of its own. Units and receipts cross the border as messages.

use anyhow::Result;
use multiprocessing::Pool;
use shared::Receipt;
use shared::compute::{Job, Unit};
use tracing::instrument;

pub fn run(job: &Job) -> Result<Receipt> {
    let pool = Pool::builder().workers(job.workers).build()?;
    let mut receipt = Receipt::default();
    for unit in pool.imap_unordered_chunked(compute, job.units.clone(), job.chunk)? {
        receipt += unit?;
    }
    Ok(receipt)
}

#[instrument(skip_all)]
pub fn compute(unit: Unit) -> Receipt {
    unit.compute()
}
