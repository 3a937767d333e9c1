//! A ball of many bytes there and back.
//!
//!     cargo run --release --bin threading -- message --bytes 65536
//!
//! A message between threads is moved: whatever its size, an address is all that goes through the channel.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use anyhow::Result;
use shared::Receipt;
use shared::probes::{Ball, Message};

pub fn run(probe: &Message) -> Result<Receipt> {
    let (there, far_end) = sync_channel(1);
    let (far_start, back) = sync_channel(1);
    let partner = thread::spawn(move || far_side(&far_end, &far_start));

    let mut ball = probe.ball();
    for _ in 0..probe.rounds {
        ball.strike();
        there.send(ball)?;
        ball = back.recv()?;
    }
    drop(there);
    partner.join().unwrap();
    Ok(probe.receipt(&ball))
}

fn far_side(far_end: &Receiver<Ball>, far_start: &SyncSender<Ball>) {
    for mut ball in far_end {
        ball.strike();
        far_start.send(ball).unwrap();
    }
}
