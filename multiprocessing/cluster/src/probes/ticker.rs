//! A ticker beside a computation.
//!
//!     cargo run --release --bin cluster -- ticker --broker amqp://guest:guest@127.0.0.1:5672
//!
//! The computation is on a node, whose system decides when it runs. The ticker goes on, wherever that is.

use std::thread;

use anyhow::Result;
use shared::Receipt;
use shared::probes::{Ticker, Ticks};

use crate::broker;

pub fn run(probe: &Ticker) -> Result<Receipt> {
    let cluster = broker::connect()?;
    let computation = cluster.apply_async(work, *probe)?;

    let mut ticks = Ticks::default();
    while !computation.done() {
        ticks.tick();
        thread::sleep(probe.interval);
    }
    ticks.tick();
    computation.get()?;
    Ok(ticks.receipt())
}

pub fn work(probe: Ticker) {
    probe.work();
}
