//! Many units asleep at once.
//!
//!     cargo run --release --bin multiprocessing -- sleepers --size 100
//!
//! Every unit is a process with a memory of its own, even if it only sleeps in it.

use std::thread;

use anyhow::Result;
use multiprocessing::Process;
use shared::Receipt;
use shared::probes::Sleepers;

pub fn run(probe: &Sleepers) -> Result<Receipt> {
    let mut units = Vec::new();
    for _ in 0..probe.units {
        units.push(Process::spawn(sleep, *probe)?);
    }

    let mut receipt = Receipt::default();
    for unit in units {
        unit.result()?;
        receipt.units += 1;
    }
    Ok(receipt)
}

pub fn sleep(probe: Sleepers) {
    thread::sleep(probe.nap);
}
