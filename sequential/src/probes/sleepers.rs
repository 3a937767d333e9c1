//! Many units asleep at once.
//!
//!     cargo run --release --bin sequential -- sleepers --size 10
//!
//! Never more than one is alive, so the naps add up.

use std::thread;

use anyhow::Result;
use shared::Receipt;
use shared::probes::Sleepers;

pub fn run(probe: &Sleepers) -> Result<Receipt> {
    let mut receipt = Receipt::default();
    for _ in 0..probe.units {
        sleep(probe);
        receipt.units += 1;
    }
    Ok(receipt)
}

fn sleep(probe: &Sleepers) {
    thread::sleep(probe.nap);
}
