//! A ticker beside a computation.
//!
//!     cargo run --release --bin multiprocessing -- ticker
//!
//! The computation is a process. The system takes the core from it: the ticker goes on.

use std::thread;

use anyhow::Result;
use multiprocessing::Process;
use shared::Receipt;
use shared::probes::{Ticker, Ticks};

pub fn run(probe: &Ticker) -> Result<Receipt> {
    let computation = Process::spawn(work, *probe)?;

    let mut ticks = Ticks::default();
    while computation.is_alive()? {
        ticks.tick();
        thread::sleep(probe.interval);
    }
    ticks.tick();
    computation.result()?;
    Ok(ticks.receipt())
}

pub fn work(probe: Ticker) {
    probe.work();
}
