//! Workers count up one number without a lock.
//!
//!     cargo run --release --bin sequential -- race
//!
//! One worker counts after another: a plain number will do, and nothing is lost.

use std::hint::black_box;

use anyhow::Result;
use shared::Receipt;
use shared::probes::Race;

pub fn run(probe: &Race) -> Result<Receipt> {
    let mut counter = 0;
    for _ in 0..probe.workers {
        add(probe, &mut counter);
    }
    Ok(probe.receipt(counter))
}

fn add(probe: &Race, counter: &mut u64) {
    for _ in 0..probe.adds {
        *counter = black_box(*counter) + 1;
    }
}
