//! Two units that give way to each other.
//!
//!     cargo run --release --bin multiprocessing -- switch
//!
//! A process that yields asks the system for another one, which has a memory of its own: the core changes that, too.

use std::thread;

use anyhow::Result;
use multiprocessing::Process;
use shared::Receipt;
use shared::probes::Switch;

pub fn run(probe: &Switch) -> Result<Receipt> {
    let far = Process::spawn(side, *probe)?;

    let mut receipt = side(*probe);
    receipt += far.result()?;
    Ok(receipt)
}

pub fn side(probe: Switch) -> Receipt {
    let mut receipt = Receipt::default();
    for _ in probe.giving_way() {
        // The system knows threads alone: this one gives way to any other, of whatever process.
        thread::yield_now();
        receipt.units += 1;
    }
    receipt
}
