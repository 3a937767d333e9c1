//! A ball there and back, between sides that look for it before they sleep.
//!
//!     cargo run --release --bin sequential -- pingpong-spinning
//!
//! A function has its answer when it returns: there is nothing to look for, and nothing to wait for.

use std::hint::black_box;

use anyhow::Result;
use shared::Receipt;
use shared::probes::Pingpong;

pub fn run(probe: &Pingpong) -> Result<Receipt> {
    // Called through a pointer that the optimiser cannot see through, or the calls would melt into one addition.
    let far_side: fn(u64) -> u64 = black_box(far_side);

    let mut ball = 0;
    for _ in 0..probe.rounds {
        ball = far_side(ball);
    }
    Ok(probe.receipt(ball))
}

fn far_side(ball: u64) -> u64 {
    Pingpong::strike(ball)
}
