//! Workers count up one number without a lock.
//!
//!     cargo run --release --bin threading -- race
//!
//! The compiler refuses a plain number. An atomic's load and store are whole each, but not together: counts are lost.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;

use anyhow::{Context, Result};
use shared::Receipt;
use shared::probes::Race;

pub fn run(probe: &Race) -> Result<Receipt> {
    let counter = AtomicU64::new(0);
    thread::scope(|scope| -> Result<()> {
        for number in 0..probe.workers {
            let worker = thread::Builder::new().spawn_scoped(scope, || add(probe, &counter));
            worker.with_context(|| format!("thread {number} did not start"))?;
        }
        Ok(())
    })?;
    Ok(probe.receipt(counter.into_inner()))
}

fn add(probe: &Race, counter: &AtomicU64) {
    for _ in 0..probe.adds {
        counter.store(counter.load(Relaxed) + 1, Relaxed);
    }
}
