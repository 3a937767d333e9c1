//! A ticker beside a hog, each a thread.
//!
//!     cargo run --release -p threading -- ticker
//!
//! The system takes the core from the hog, whether it likes it or not: the ticker goes on.

use std::thread;

use anyhow::{Context, Result};
use shared::Receipt;
use shared::probes::{Ticker, Ticks};

pub fn run(probe: &Ticker) -> Result<Receipt> {
    thread::scope(|scope| {
        let hog = thread::Builder::new().spawn_scoped(scope, || probe.hog());
        let hog = hog.context("a thread did not start")?;

        let mut ticks = Ticks::default();
        while !hog.is_finished() {
            ticks.tick();
            thread::sleep(probe.interval);
        }
        ticks.tick();
        Ok(ticks.receipt())
    })
}
