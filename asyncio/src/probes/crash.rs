//! One unit of many fails.
//!
//!     cargo run --release --bin asyncio -- crash --how panic
//!
//! The runtime catches a panic at the border of its task. An abort ends the process, and all tasks live in one.

use anyhow::Result;
use shared::Receipt;
use shared::probes::Crash;

pub async fn run(probe: &Crash) -> Result<Receipt> {
    let mut units = Vec::new();
    for unit in 0..probe.units {
        units.push(tokio::spawn(attempt(*probe, unit)));
    }

    let mut receipt = Receipt::default();
    for unit in units {
        receipt += unit.await.unwrap_or_else(|_| Receipt::failure("panic"));
    }
    Ok(receipt)
}

async fn attempt(probe: Crash, unit: u64) -> Receipt {
    let attempt = probe.attempt(unit);
    attempt.unwrap_or_else(|_| Receipt::failure("error"))
}
