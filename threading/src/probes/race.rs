//! Threads count up one number without a lock.
//!
//!     cargo run --release -p threading -- race
//!     cargo run --release -p threading -- race --call
//!
//! The compiler refuses a plain number: two threads may not change it. It takes an atomic, whose load and store are whole
//! each, and cannot know that they belong together: what others count between the two is lost.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;

use anyhow::{Context, Result};
use shared::Receipt;
use shared::probes::Race;

pub fn run(probe: &Race) -> Result<Receipt> {
    let counter = AtomicU64::new(0);
    thread::scope(|scope| {
        for number in 0..probe.workers {
            let thread = thread::Builder::new();
            let thread = if probe.call {
                thread.spawn_scoped(scope, || add_with_call(probe, &counter))
            } else {
                thread.spawn_scoped(scope, || add(probe, &counter))
            };
            thread.with_context(|| format!("thread {number} did not start"))?;
        }
        anyhow::Ok(())
    })?;
    Ok(probe.receipt(counter.into_inner()))
}

fn add(probe: &Race, counter: &AtomicU64) {
    for _ in 0..probe.adds {
        counter.store(counter.load(Relaxed) + 1, Relaxed);
    }
}

fn add_with_call(probe: &Race, counter: &AtomicU64) {
    for _ in 0..probe.adds {
        counter.store(counter.load(Relaxed) + Race::one(), Relaxed);
    }
}
