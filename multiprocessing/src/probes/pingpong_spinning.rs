//! A ball there and back, between sides that look for it before they sleep.
//!
//!     cargo run --release --bin multiprocessing -- pingpong-spinning
//!
//! The ball is serialised and copied as before. On two cores it is back before its process sleeps, and no core is woken up.

use std::thread;

use anyhow::Result;
use multiprocessing::{Error, Pipe, Process};
use shared::Receipt;
use shared::probes::Pingpong;

pub fn run(probe: &Pingpong) -> Result<Receipt> {
    let (pipe, far_end) = Pipe::new()?;
    let partner = Process::spawn(far_side, far_end)?;

    let mut ball = 0;
    for _ in probe.looking() {
        pipe.send(ball)?;
        ball = receive(&pipe)?;
    }
    drop(pipe);
    partner.result()?;
    Ok(probe.receipt(ball))
}

pub fn far_side(far_end: Pipe<u64>) {
    while let Ok(ball) = receive(&far_end) {
        far_end.send(Pingpong::strike(ball)).unwrap();
    }
}

fn receive(pipe: &Pipe<u64>) -> Result<u64, Error> {
    for _ in 0..Pingpong::LOOKS {
        match pipe.try_recv() {
            Err(Error::Empty) => thread::yield_now(),
            ball => return ball,
        }
    }
    pipe.recv()
}
