//! Tasks count up one number without a lock.
//!
//!     cargo run --release -p asyncio -- race
//!     cargo run --release -p asyncio -- race --call
//!     cargo run --release -p asyncio -- race --runtime multi-thread
//!
//! On one thread nobody else runs between two awaits: load and store are whole together. Across an await they are not, and
//! on several threads they never are.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use anyhow::Result;
use shared::Receipt;
use shared::probes::Race;
use tokio::task::{self, JoinSet};

pub async fn run(probe: &Race) -> Result<Receipt> {
    let counter = Arc::new(AtomicU64::new(0));
    let mut workers = JoinSet::new();
    for _ in 0..probe.workers {
        if probe.call {
            workers.spawn(add_with_await(*probe, counter.clone()));
        } else {
            workers.spawn(add(*probe, counter.clone()));
        }
    }

    while let Some(worker) = workers.join_next().await {
        worker?;
    }
    Ok(probe.receipt(counter.load(Relaxed)))
}

async fn add(probe: Race, counter: Arc<AtomicU64>) {
    for _ in 0..probe.adds {
        counter.store(counter.load(Relaxed) + 1, Relaxed);
    }
}

async fn add_with_await(probe: Race, counter: Arc<AtomicU64>) {
    for _ in 0..probe.adds {
        counter.store(counter.load(Relaxed) + one().await, Relaxed);
    }
}

async fn one() -> u64 {
    task::yield_now().await;
    1
}
