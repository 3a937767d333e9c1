//! A ticker beside a hog, each a process.
//!
//!     cargo run --release -p multiprocessing -- ticker
//!
//! The system takes the core from the hog, whether it likes it or not: the ticker goes on.

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
    hog.result()?;
    Ok(ticks.receipt())
}

pub fn hog(probe: Ticker) {
    probe.hog();
}
