//! A ball of many bytes there and back.
//!
//!     cargo run --release --bin sequential -- message --bytes 65536
//!
//! A function takes the ball and returns it: whatever its size, an address is all that is handed over.

use std::hint::black_box;

use anyhow::Result;
use shared::Receipt;
use shared::probes::{Ball, Message};

pub fn run(probe: &Message) -> Result<Receipt> {
    // Called through a pointer that the optimiser cannot see through, or both strikes would melt into one.
    let far_side: fn(Ball) -> Ball = black_box(far_side);

    let mut ball = probe.ball();
    for _ in 0..probe.rounds {
        ball.strike();
        ball = far_side(ball);
    }
    Ok(probe.receipt(&ball))
}

fn far_side(mut ball: Ball) -> Ball {
    ball.strike();
    ball
}
