//! One unit of many fails.
//!
//!     cargo run --release --bin sequential -- crash --how error
//!
//! An error is a value like any other. A panic has no border to stop at: it ends the program.

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
    let attempt = probe.attempt(unit);
    attempt.unwrap_or_else(|_| Receipt::failure("error"))
}
