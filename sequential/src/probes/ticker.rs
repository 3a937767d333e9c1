//! A ticker before and after a hog.
//!
//!     cargo run --release -p sequential -- ticker
//!
//! Nobody switches: the ticker is heard again when the hog is done.

use anyhow::Result;
use shared::Receipt;
use shared::probes::{Ticker, Ticks};

pub fn run(probe: &Ticker) -> Result<Receipt> {
    let mut ticks = Ticks::default();
    ticks.tick();
    probe.hog();
    ticks.tick();
    Ok(ticks.receipt())
}
