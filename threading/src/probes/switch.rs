//! Two units that give way to each other.
//!
//!     cargo run --release --bin threading -- switch
//!
//! A thread that yields asks the system for another one: on one core that takes a system call and a switch each time.

use std::thread;

use anyhow::Result;
use shared::Receipt;
use shared::probes::Switch;

pub fn run(probe: &Switch) -> Result<Receipt> {
    thread::scope(|scope| {
        let far = scope.spawn(|| side(probe));

        let mut receipt = side(probe);
        receipt += far.join().unwrap();
        Ok(receipt)
    })
}

fn side(probe: &Switch) -> Receipt {
    let mut receipt = Receipt::default();
    for _ in probe.giving_way() {
        thread::yield_now();
        receipt.units += 1;
    }
    receipt
}
