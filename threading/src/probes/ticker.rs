//! A ticker beside a computation.
//!
//!     cargo run --release --bin threading -- ticker
//!
//! The computation is a thread. The system takes the core from it: the ticker goes on.

use std::thread;

use anyhow::Result;
use shared::Receipt;
use shared::probes::{Ticker, Ticks};

pub fn run(probe: &Ticker) -> Result<Receipt> {
    let probe = *probe;
    let computation = thread::spawn(move || probe.work());

    let mut ticks = Ticks::default();
    while !computation.is_finished() {
        ticks.tick();
        thread::sleep(probe.interval);
    }
    ticks.tick();
    computation.join().unwrap();
    Ok(ticks.receipt())
}
