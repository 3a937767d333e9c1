//! Workers count up one number without a lock.
//!
//!     cargo run --release --bin asyncio -- race
//!     cargo run --release --bin asyncio -- race --runtime multi-thread
//!
//! On one thread no other task runs between two awaits: load and store are whole together. On several threads they are not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use anyhow::Result;
use shared::Receipt;
use shared::probes::Race;

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
        counter.store(counter.load(Relaxed) + 1, Relaxed);
    }
}
