//! Compute every unit.
//!
//!     cargo run --release --bin cluster -- hashes --broker amqp://guest:guest@127.0.0.1:5672
//!
//! Every node uses the cores of a machine of its own. Units and receipts travel through the broker, many in a message.

use anyhow::Result;
use shared::Receipt;
use shared::compute::{Job, Unit};
use tracing::instrument;

use crate::broker;

pub fn run(job: &Job) -> Result<Receipt> {
    let cluster = broker::connect()?;
    let mut receipt = Receipt::default();
    for unit in cluster.imap_unordered_chunked(compute, job.units.clone(), job.chunk)? {
        receipt += unit?;
    }
    Ok(receipt)
}

#[instrument(skip_all)]
pub fn compute(unit: Unit) -> Receipt {
    unit.compute()
}
