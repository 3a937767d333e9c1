//! Compute every unit with tasks.
//!
//!     cargo run --release -p asyncio -- hashes
//!     cargo run --release -p asyncio -- hashes --offload
//!
//! A computation awaits nothing: tasks on one thread compute one after another, and nothing else runs meanwhile.

use std::sync::Arc;

use anyhow::Result;
use shared::Receipt;
use shared::compute::{Job, Unit};
use tokio::sync::Semaphore;
use tokio::task;
use tracing::instrument;

pub async fn run(job: &Job) -> Result<Receipt> {
    let permits = Arc::new(Semaphore::new(job.workers));
    let mut chunks = Vec::new();
    for chunk in job.units.chunks(job.chunk) {
        let chunk = chunk.to_vec();
        let permit = permits.clone().acquire_owned().await?;
        let work = move || {
            let _until_done = permit;
            chunk.iter().map(compute).sum::<Receipt>()
        };
        chunks.push(if job.offload {
            task::spawn_blocking(work)
        } else {
            task::spawn(async { work() })
        });
    }

    let mut receipt = Receipt::default();
    for chunk in chunks {
        receipt += chunk.await?;
    }
    Ok(receipt)
}

#[instrument(skip_all)]
fn compute(unit: &Unit) -> Receipt {
    unit.compute()
}
