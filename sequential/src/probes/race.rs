//! One worker after another counts up one number.
//!
//!     cargo run --release -p sequential -- race
//!
//! Nobody comes in between: a plain number will do, and nothing is lost.

use std::hint::black_box;

use anyhow::Result;
use shared::Receipt;
use shared::probes::Race;

pub fn run(probe: &Race) -> Result<Receipt> {
    let mut counter = 0;
    for _ in 0..probe.workers {
        if probe.call {
            add_with_call(probe, &mut counter);
        } else {
            add(probe, &mut counter);
        }
    }
    Ok(probe.receipt(counter))
}

fn add(probe: &Race, counter: &mut u64) {
    for _ in 0..probe.adds {
        *counter = black_box(*counter) + 1;
    }
}

fn add_with_call(probe: &Race, counter: &mut u64) {
    for _ in 0..probe.adds {
        *counter = black_box(*counter) + Race::one();
    }
}
