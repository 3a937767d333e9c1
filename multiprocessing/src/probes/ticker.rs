//! A ticker beside a hog.
//!
//!     cargo run --release -p multiprocessing -- ticker
//!
//! The hog is a process. The system takes the core from it: the ticker goes on.

use std::thread;

use anyhow::Result;
use multiprocessing::Process;
use shared::Receipt;
use shared::probes::{Ticker, Ticks};

pub fn run(probe: &Ticker) -> Result<Receipt> {
    let hog = Process::spawn(hog, *probe)?;

    let mut ticks = Ticks::default();
    while hog.is_alive()? {
        ticks.tick();
        thread::sleep(probe.interval);
    }
    ticks.tick();
    Ok(ticks.receipt())
}

pub fn hog(probe: Ticker) {
    probe.hog();
}
