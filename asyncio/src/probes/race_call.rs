//! Workers count up one number without a lock, with an await in between.
//!
//!     cargo run --release --bin asyncio -- race-call
//!
//! Another task runs at every await: what it counts between load and store is lost. Async code needs locks, too.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use anyhow::Result;
use shared::Receipt;
use shared::probes::Race;
use tokio::task;

pub async fn run(probe: &Race) -> Result<Receipt> {
    let counter = Arc::new(AtomicU64::new(0));
    let mut workers = Vec::new();
    for _ in 0..probe.workers {
        workers.push(tokio::spawn(add(*probe, counter.clone())));
    }

    for worker in workers {
        worker.await?;
    }
    Ok(probe.receipt(counter.load(Relaxed)))
}

async fn add(probe: Race, counter: Arc<AtomicU64>) {
    for _ in 0..probe.adds {
        counter.store(counter.load(Relaxed) + one().await, Relaxed);
    }
}

async fn one() -> u64 {
    task::yield_now().await;
    Race::one()
}
