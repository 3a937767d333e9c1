//! A ball there and back, between sides that look for it before they sleep.
//!
//!     cargo run --release --bin asyncio -- pingpong-spinning
//!
//! A task cannot look without a pause: the other side has no thread of its own. It gives way, and looks again.

use anyhow::Result;
use shared::Receipt;
use shared::probes::Pingpong;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task;

pub async fn run(probe: &Pingpong) -> Result<Receipt> {
    let (there, far_end) = channel(1);
    let (far_start, mut back) = channel(1);
    tokio::spawn(far_side(far_end, far_start));

    let mut ball = 0;
    for _ in probe.looking() {
        there.send(ball).await?;
        ball = receive(&mut back).await.expect("the far side strikes back");
    }
    Ok(probe.receipt(ball))
}

async fn far_side(mut far_end: Receiver<u64>, far_start: Sender<u64>) {
    while let Some(ball) = receive(&mut far_end).await {
        far_start.send(Pingpong::strike(ball)).await.unwrap();
    }
}

async fn receive(balls: &mut Receiver<u64>) -> Option<u64> {
    for _ in 0..Pingpong::LOOKS {
        match balls.try_recv() {
            Err(TryRecvError::Empty) => task::yield_now().await,
            ball => return ball.ok(),
        }
    }
    balls.recv().await
}
