//! Processes count up one number, in memory that they share, without a lock.
//!
//!     cargo run --release -p multiprocessing -- race
//!     cargo run --release -p multiprocessing -- race --call
//!
//! Nothing is shared unless it is asked for. Where it is, there is a race as between threads.

use anyhow::Result;
use multiprocessing::{Process, Value};
use shared::Receipt;
use shared::probes::Race;

pub fn run(probe: &Race) -> Result<Receipt> {
    let counter = Value::<u64>::new(0)?;
    let mut workers = Vec::new();
    for _ in 0..probe.workers {
        workers.push(if probe.call {
            Process::spawn(add_with_call, (*probe, counter.clone()))?
        } else {
            Process::spawn(add, (*probe, counter.clone()))?
        });
    }

    for worker in workers {
        worker.result()?;
    }
    Ok(probe.receipt(counter.get()))
}

pub fn add(probe: Race, counter: Value<u64>) {
    for _ in 0..probe.adds {
        counter.set(counter.get() + 1);
    }
}

pub fn add_with_call(probe: Race, counter: Value<u64>) {
    for _ in 0..probe.adds {
        counter.set(counter.get() + Race::one());
    }
}
