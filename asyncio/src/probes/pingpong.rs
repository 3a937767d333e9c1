//! A ball there and back.
//!
//!     cargo run --release --bin asyncio -- pingpong
//!
//! Between two tasks on one thread a switch is a return from one function and a call of another, without a system call.

use anyhow::Result;
use shared::Receipt;
use shared::probes::Pingpong;
use tokio::sync::mpsc::{Receiver, Sender, channel};

pub async fn run(probe: &Pingpong) -> Result<Receipt> {
    let (there, far_end) = channel(1);
    let (far_start, mut back) = channel(1);
    tokio::spawn(far_side(far_end, far_start));

    let mut ball = 0;
    for _ in 0..probe.rounds {
        there.send(ball).await?;
        ball = back.recv().await.expect("the far side strikes back");
    }
    Ok(probe.receipt(ball))
}

async fn far_side(mut far_end: Receiver<u64>, far_start: Sender<u64>) {
    while let Some(ball) = far_end.recv().await {
        far_start.send(Pingpong::strike(ball)).await.unwrap();
    }
}
