//! A ball there and back, between sides that look for it before they sleep.
//!
//!     cargo run --release --bin threading -- pingpong-spinning
//!
//! This channel tries for about a microsecond before it sleeps: on two cores the ball is back by then, and neither side has slept.

use std::thread;

use anyhow::Result;
use crossbeam_channel::{Receiver, Sender, bounded};
use shared::Receipt;
use shared::probes::Pingpong;

pub fn run(probe: &Pingpong) -> Result<Receipt> {
    let (there, far_end) = bounded(1);
    let (far_start, back) = bounded(1);
    let partner = thread::spawn(move || far_side(&far_end, &far_start));

    let mut ball = 0;
    for _ in probe.looking() {
        there.send(ball)?;
        ball = back.recv()?;
    }
    drop(there);
    partner.join().unwrap();
    Ok(probe.receipt(ball))
}

fn far_side(far_end: &Receiver<u64>, far_start: &Sender<u64>) {
    for ball in far_end {
        far_start.send(Pingpong::strike(ball)).unwrap();
    }
}
