//! One unit of many fails.
//!
//!     cargo run --release --bin threading -- crash --how panic
//!
//! A panic ends its thread, and the join returns it. An abort ends the process, and all threads live in one.

use std::thread;

use anyhow::{Context, Result};
use shared::Receipt;
use shared::probes::Crash;

pub fn run(probe: &Crash) -> Result<Receipt> {
    let probe = *probe;
    let mut units = Vec::new();
    for number in 0..probe.units {
        let unit = thread::Builder::new().spawn(move || attempt(&probe, number));
        units.push(unit.with_context(|| format!("thread {number} did not start"))?);
    }

    let mut receipt = Receipt::default();
    for unit in units {
        receipt += unit.join().unwrap_or_else(|_| Receipt::failure("panic"));
    }
    Ok(receipt)
}

fn attempt(probe: &Crash, unit: u64) -> Receipt {
    let attempt = probe.attempt(unit);
    attempt.unwrap_or_else(|_| Receipt::failure("error"))
}
