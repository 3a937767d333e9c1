//! Many units asleep at once, every one a thread.
//!
//!     cargo run --release -p threading -- sleepers --size 1000
//!
//! The system keeps a stack and four memory maps for each; to sleep is to block, which is what threads are for.

use std::thread;

use anyhow::{Context, Result};
use shared::Receipt;
use shared::probes::Sleepers;

pub fn run(probe: &Sleepers) -> Result<Receipt> {
    thread::scope(|scope| {
        let mut units = Vec::new();
        for number in 0..probe.units {
            let unit = thread::Builder::new().spawn_scoped(scope, || sleep(probe));
            units.push(unit.with_context(|| format!("thread {number} did not start"))?);
        }

        let mut receipt = Receipt::default();
        for unit in units {
            unit.join().unwrap();
            receipt.units += 1;
        }
        Ok(receipt)
    })
}

fn sleep(probe: &Sleepers) {
    thread::sleep(probe.nap);
}
