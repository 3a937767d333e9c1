//! A ball there and back.
//!
//!     cargo run --release --bin multiprocessing -- pingpong
//!
//! Two processes share nothing: the ball is serialised, copied into the kernel and out again, and the other side woken up.

use anyhow::Result;
use multiprocessing::{Pipe, Process};
use shared::Receipt;
use shared::probes::Pingpong;

pub fn run(probe: &Pingpong) -> Result<Receipt> {
    let (pipe, far_end) = Pipe::new()?;
    let partner = Process::spawn(far_side, far_end)?;

    let mut ball = 0;
    for _ in 0..probe.rounds {
        pipe.send(ball)?;
        ball = pipe.recv()?;
    }
    drop(pipe);
    partner.result()?;
    Ok(probe.receipt(ball))
}

pub fn far_side(far_end: Pipe<u64>) {
    while let Ok(ball) = far_end.recv() {
        far_end.send(Pingpong::strike(ball)).unwrap();
    }
}
