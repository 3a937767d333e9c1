//! One unit of many fails in a pool.
//!
//!     cargo run --release --bin asyncio -- crash-pool --how panic
//!
//! The runtime's blocking threads catch a panic as its tasks do. An abort ends the process with all of them.

use anyhow::Result;
use shared::Receipt;
use shared::probes::Crash;
use tokio::task;

pub async fn run(probe: &Crash) -> Result<Receipt> {
    let probe = *probe;
    let mut units = Vec::new();
    for unit in 0..probe.units {
        units.push(task::spawn_blocking(move || attempt(&probe, unit)));
    }

    let mut receipt = Receipt::default();
    for unit in units {
        receipt += unit.await.unwrap_or_else(|_| Receipt::failure("panic"));
    }
    Ok(receipt)
}

fn attempt(probe: &Crash, unit: u64) -> Receipt {
    let attempt = probe.attempt(unit);
    attempt.unwrap_or_else(|_| Receipt::failure("error"))
}
