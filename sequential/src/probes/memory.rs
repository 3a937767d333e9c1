//! Numbers in memory that two sides change in turn.
//!
//!     cargo run --release --bin sequential -- memory --bytes 65536
//!
//! A function is lent the memory, and only one function runs at a time.

use std::hint::black_box;

use anyhow::Result;
use shared::Receipt;
use shared::probes::Memory;

pub fn run(probe: &Memory) -> Result<Receipt> {
    // Called through a pointer that the optimiser cannot see through, or both strikes would melt into one.
    let far_side: fn(&mut [u64]) = black_box(far_side);

    let mut memory = probe.numbers();
    for _ in 0..probe.rounds {
        Memory::strike(&mut memory);
        far_side(&mut memory);
    }
    Ok(probe.receipt(&memory))
}

fn far_side(memory: &mut [u64]) {
    Memory::strike(memory);
}
