//! One unit of many fails.
//!
//!     cargo run --release --bin multiprocessing -- crash --how abort
//!
//! Even an abort ends only its own process: messages cross the border, crashes do not.

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
        receipt += unit.result().unwrap_or_else(lost);
    }
    Ok(receipt)
}

pub fn attempt(probe: Crash, unit: u64) -> Receipt {
    let attempt = probe.attempt(unit);
    attempt.unwrap_or_else(|_| Receipt::failure("error"))
}

fn lost(error: Error) -> Receipt {
    match error {
        Error::Panicked { .. } => Receipt::failure("panic"),
        _ => Receipt::failure("abort"),
    }
}
