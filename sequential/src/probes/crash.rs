//! One unit of many fails, one after another.
//!
//!     cargo run --release -p sequential -- crash --how error
//!
//! An error is a value like any other. A panic has no border to stop at: it takes the program and what was done so far.

use anyhow::Result;
use shared::Receipt;
use shared::probes::Crash;

pub fn run(probe: &Crash) -> Result<Receipt> {
    let mut receipt = Receipt::default();
    for unit in 0..probe.units {
        receipt += attempt(probe, unit);
    }
    Ok(receipt)
}

fn attempt(probe: &Crash, unit: u64) -> Receipt {
    match probe.attempt(unit) {
        Ok(receipt) => receipt,
        Err(_) => Receipt::failure("error"),
    }
}
