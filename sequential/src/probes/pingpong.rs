//! A ball there and back.
//!
//!     cargo run --release --bin sequential -- pingpong
//!
//! A function call is the cheapest way there and back: the measure of every switch.

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
