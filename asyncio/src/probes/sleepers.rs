//! Many units asleep at once.
//!
//!     cargo run --release --bin asyncio -- sleepers --size 100000
//!
//! Every unit is a task: a few hundred bytes and a timer.

use anyhow::Result;
use shared::Receipt;
use shared::probes::Sleepers;
use tokio::time;

pub async fn run(probe: &Sleepers) -> Result<Receipt> {
    let mut units = Vec::with_capacity(probe.units);
    for _ in 0..probe.units {
        units.push(tokio::spawn(sleep(*probe)));
    }

    let mut receipt = Receipt::default();
    for unit in units {
        unit.await?;
        receipt.units += 1;
    }
    Ok(receipt)
}

async fn sleep(probe: Sleepers) {
    time::sleep(probe.nap).await;
}
