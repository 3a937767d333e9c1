//! Many units asleep at once, every one a task.
//!
//!     cargo run --release -p asyncio -- sleepers --size 100000
//!     cargo run --release -p asyncio -- sleepers --size 10 --blocking
//!
//! A sleeping task is a few hundred bytes and a timer. A task that blocks instead stops all others on its thread.

use std::thread;

use anyhow::Result;
use shared::Receipt;
use shared::probes::Sleepers;
use tokio::{task, time};

pub async fn run(probe: &Sleepers) -> Result<Receipt> {
    let mut units = Vec::with_capacity(probe.units);
    for _ in 0..probe.units {
        let nap = probe.nap;
        units.push(match (probe.blocking, probe.offload) {
            (false, _) => task::spawn(time::sleep(nap)),
            (true, false) => task::spawn(async move { thread::sleep(nap) }),
            (true, true) => task::spawn_blocking(move || thread::sleep(nap)),
        });
    }

    let mut receipt = Receipt::default();
    for unit in units {
        unit.await?;
        receipt.units += 1;
    }
    Ok(receipt)
}
