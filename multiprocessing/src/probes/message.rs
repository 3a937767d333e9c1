//! A ball of many bytes there and back.
//!
//!     cargo run --release --bin multiprocessing -- message --bytes 65536
//!     cargo run --release --bin multiprocessing -- message --bytes 65536 --of bytes
//!
//! A message between processes is copied into the kernel and out again. Numbers are serialised besides, bytes need not be.

use anyhow::Result;
use multiprocessing::{Pipe, Process};
use shared::Receipt;
use shared::probes::{Ball, Message};

pub fn run(probe: &Message) -> Result<Receipt> {
    let (pipe, far_end) = Pipe::new()?;
    let partner = Process::spawn(far_side, far_end)?;

    let mut ball = probe.ball();
    for _ in 0..probe.rounds {
        ball.strike();
        pipe.send(ball)?;
        ball = pipe.recv()?;
    }
    drop(pipe);
    partner.result()?;
    Ok(probe.receipt(&ball))
}

pub fn far_side(far_end: Pipe<Ball>) {
    while let Ok(mut ball) = far_end.recv() {
        ball.strike();
        far_end.send(ball).unwrap();
    }
}
