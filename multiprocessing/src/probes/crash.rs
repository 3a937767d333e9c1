//! One unit of many fails, every unit a process.
//!
//!     cargo run --release -p multiprocessing -- crash --how abort
//!
//! Even an abort ends only its own process: the border that messages have to cross, a crash cannot.

use anyhow::Result;
use multiprocessing::{Error, Process};
use shared::Receipt;
use shared::probes::Crash;

pub fn run(probe: &Crash) -> Result<Receipt> {
    let mut units = Vec::new();
    for unit in 0..probe.units {
        units.push(Process::spawn(attempt, (*probe, unit))?);
    }

    let mut receipt = Receipt::default();
    for unit in units {
        receipt += unit.result().unwrap_or_else(|error| match error {
            Error::Panicked { .. } => Receipt::failure("panic"),
            _ => Receipt::failure("abort"),
        });
    }
    Ok(receipt)
}

pub fn attempt(probe: Crash, unit: u64) -> Receipt {
    match probe.attempt(unit) {
        Ok(receipt) => receipt,
        Err(_) => Receipt::failure("error"),
    }
}
