//! Compute every unit.
//!
//!     cargo run --release --bin asyncio -- hashes
//!
//! A computation awaits nothing: tasks on one thread compute one after another, and nothing else runs meanwhile.

use anyhow::Result;
use futures_util::{StreamExt, stream};
use shared::Receipt;
use shared::compute::{Job, Unit};
use tracing::instrument;

pub async fn run(job: &Job) -> Result<Receipt> {
    let mut chunks = stream::iter(job.units.chunks(job.chunk).map(<[Unit]>::to_vec))
        .map(|chunk| tokio::spawn(async move { chunk.iter().map(compute).sum::<Receipt>() }))
        .buffer_unordered(job.workers);
    let mut receipt = Receipt::default();
    while let Some(chunk) = chunks.next().await {
        receipt += chunk?;
    }
    Ok(receipt)
}

#[instrument(skip_all)]
fn compute(unit: &Unit) -> Receipt {
    unit.compute()
}
