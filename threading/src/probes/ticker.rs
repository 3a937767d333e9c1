//! A ticker beside a hog.
//!
//!     cargo run --release -p threading -- ticker
//!
//! The hog is a thread. The system takes the core from it: the ticker goes on.

use std::thread;

use anyhow::Result;
use shared::Receipt;
use shared::probes::{Ticker, Ticks};

pub fn run(probe: &Ticker) -> Result<Receipt> {
    let probe = *probe;
    let hog = thread::spawn(move || probe.hog());

    let mut ticks = Ticks::default();
    while !hog.is_finished() {
        ticks.tick();
        thread::sleep(probe.interval);
    }
    ticks.tick();
    Ok(ticks.receipt())
}
