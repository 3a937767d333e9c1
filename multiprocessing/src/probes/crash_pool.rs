//! One unit of many fails in a pool.
//!
//!     cargo run --release --bin multiprocessing -- crash-pool --how abort
//!
//! The pool replaces the worker that aborted, and names the task that was lost with it.

use anyhow::Result;
use multiprocessing::{Error, Pool};
use shared::Receipt;
use shared::probes::Crash;

pub fn run(probe: &Crash) -> Result<Receipt> {
    let pool = Pool::new()?;
    let mut units = Vec::new();
    for unit in 0..probe.units {
        units.push(pool.apply_async(attempt, (*probe, unit))?);
    }

    let mut receipt = Receipt::default();
    for unit in units {
        receipt += unit.get().unwrap_or_else(lost);
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
