//! A ball of many bytes there and back.
//!
//!     cargo run --release --bin asyncio -- message --bytes 65536
//!
//! A message between tasks is moved: whatever its size, an address is all that goes through the channel.

use anyhow::Result;
use shared::Receipt;
use shared::probes::{Ball, Message};
use tokio::sync::mpsc::{Receiver, Sender, channel};

pub async fn run(probe: &Message) -> Result<Receipt> {
    let (there, far_end) = channel(1);
    let (far_start, mut back) = channel(1);
    tokio::spawn(far_side(far_end, far_start));

    let mut ball = probe.ball();
    for _ in 0..probe.rounds {
        ball.strike();
        there.send(ball).await?;
        ball = back.recv().await.expect("the far side strikes back");
    }
    Ok(probe.receipt(&ball))
}

async fn far_side(mut far_end: Receiver<Ball>, far_start: Sender<Ball>) {
    while let Some(mut ball) = far_end.recv().await {
        ball.strike();
        far_start.send(ball).await.unwrap();
    }
}
