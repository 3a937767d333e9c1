//! Compute every unit.
//!
//!     cargo run --release --bin sequential -- hashes
//!
//! One thread uses one core, however many the machine has.

use anyhow::Result;
use shared::Receipt;
use shared::compute::{Job, Unit};
use tracing::instrument;

pub fn run(job: &Job) -> Result<Receipt> {
    let mut receipt = Receipt::default();
    for unit in &job.units {
        receipt += compute(unit);
    }
    Ok(receipt)
}

#[instrument(skip_all)]
fn compute(unit: &Unit) -> Receipt {
    unit.compute()
}
