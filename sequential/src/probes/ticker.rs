//! A ticker beside a hog.
//!
//!     cargo run --release -p sequential -- ticker
//!
//! Nothing switches: the ticker ticks before the hog and after it.

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
