//! Workers count up one number without a lock, with a call in between.
//!
//!     cargo run --release --bin multiprocessing -- race-call
//!
//! Processes share nothing unless they ask for it. Where they do, they race as threads do.

use anyhow::Result;
use multiprocessing::{Process, Value};
use shared::Receipt;
use shared::probes::Race;

pub fn run(probe: &Race) -> Result<Receipt> {
    let counter = Value::<u64>::new(0)?;
    let mut workers = Vec::new();
    for _ in 0..probe.workers {
        workers.push(Process::spawn(add, (*probe, counter.clone()))?);
    }

    for worker in workers {
        worker.result()?;
    }
    Ok(probe.receipt(counter.get()))
}

pub fn add(probe: Race, counter: Value<u64>) {
    for _ in 0..probe.adds {
        counter.set(counter.get() + Race::one());
    }
}
