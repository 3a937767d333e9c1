//! One unit of many fails, every unit a process, or all of them in a pool.
//!
//!     cargo run --release -p multiprocessing -- crash --how abort
//!     cargo run --release -p multiprocessing -- crash --how abort --home pool
//!
//! Even an abort ends only its own process: the border that messages have to cross, a crash cannot. A pool replaces the
//! worker, and says which task it has cost.

use anyhow::Result;
use multiprocessing::{Error, Pool, Process};
use shared::Receipt;
use shared::probes::{Crash, Home};

pub fn run(probe: &Crash) -> Result<Receipt> {
    if probe.home == Home::Pool {
        return run_in_pool(probe);
    }
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
    match probe.attempt(unit) {
        Ok(receipt) => receipt,
        Err(_) => Receipt::failure("error"),
    }
}

fn run_in_pool(probe: &Crash) -> Result<Receipt> {
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

fn lost(error: Error) -> Receipt {
    match error {
        Error::Panicked { .. } => Receipt::failure("panic"),
        _ => Receipt::failure("abort"),
    }
}
