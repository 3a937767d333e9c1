//! Many units asleep at once.
//!
//!     cargo run --release --bin threading -- sleepers --size 1000
//!
//! Every unit is a thread: the system keeps a stack and four memory maps for each, until it refuses one.

use std::thread;

use anyhow::{Context, Result};
use shared::Receipt;
use shared::probes::Sleepers;

pub fn run(probe: &Sleepers) -> Result<Receipt> {
    let probe = *probe;
    let mut units = Vec::new();
    for number in 0..probe.units {
        let unit = thread::Builder::new().spawn(move || sleep(&probe));
        units.push(unit.with_context(|| format!("thread {number} did not start"))?);
    }

    let mut receipt = Receipt::default();
    for unit in units {
        unit.join().unwrap();
        receipt.units += 1;
    }
    Ok(receipt)
}

fn sleep(probe: &Sleepers) {
    thread::sleep(probe.nap);
}
