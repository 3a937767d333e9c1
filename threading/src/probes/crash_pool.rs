//! One unit of many fails in a pool.
//!
//!     cargo run --release --bin threading -- crash-pool --how panic
//!
//! A panic that is caught in its job costs one unit. An abort ends the process, and the whole pool lives in one.

use std::panic;

use anyhow::Result;
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use shared::Receipt;
use shared::probes::Crash;

pub fn run(probe: &Crash) -> Result<Receipt> {
    let pool = ThreadPoolBuilder::new().build()?;
    let units = (0..probe.units).into_par_iter().map(|unit| {
        // Without this, rayon hands the panic to the caller, and all receipts are lost.
        let receipt = panic::catch_unwind(|| attempt(probe, unit));
        receipt.unwrap_or_else(|_| Receipt::failure("panic"))
    });
    Ok(pool.install(|| units.sum()))
}

fn attempt(probe: &Crash, unit: u64) -> Receipt {
    let attempt = probe.attempt(unit);
    attempt.unwrap_or_else(|_| Receipt::failure("error"))
}
