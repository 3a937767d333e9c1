//! A ball there and back.
//!
//!     cargo run --release --bin threading -- pingpong
//!
//! Two threads share memory, so the ball is not copied. A side sleeps until the system wakes it up.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use anyhow::Result;
use shared::Receipt;
use shared::probes::Pingpong;

pub fn run(probe: &Pingpong) -> Result<Receipt> {
    let (there, far_end) = sync_channel(1);
    let (far_start, back) = sync_channel(1);
    let partner = thread::spawn(move || far_side(&far_end, &far_start));

    let mut ball = 0;
    for _ in 0..probe.rounds {
        there.send(ball)?;
        ball = back.recv()?;
    }
    drop(there);
    partner.join().unwrap();
    Ok(probe.receipt(ball))
}

fn far_side(far_end: &Receiver<u64>, far_start: &SyncSender<u64>) {
    for ball in far_end {
        far_start.send(Pingpong::strike(ball)).unwrap();
    }
}
