//! A ball there and back.
//!
//!     cargo run --release --bin cluster -- pingpong --broker amqp://guest:guest@127.0.0.1:5672
//!
//! The ball goes to the broker, which keeps it on its disk, to a node, to a worker process, and all the way back.

use anyhow::Result;
use shared::Receipt;
use shared::probes::Pingpong;

use crate::broker;

pub fn run(probe: &Pingpong) -> Result<Receipt> {
    let cluster = broker::connect()?;

    let mut ball = 0;
    for _ in 0..probe.rounds {
        ball = cluster.apply(far_side, ball)?;
    }
    Ok(probe.receipt(ball))
}

pub fn far_side(ball: u64) -> u64 {
    Pingpong::strike(ball)
}
