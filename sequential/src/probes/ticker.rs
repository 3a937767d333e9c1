//! A ticker beside a computation.
//!
//!     cargo run --release --bin sequential -- ticker
//!
//! Nothing switches: the ticker ticks before the computation and after it.

use anyhow::Result;
use shared::Receipt;
use shared::probes::{Ticker, Ticks};

pub fn run(probe: &Ticker) -> Result<Receipt> {
    let mut ticks = Ticks::default();
    ticks.tick();
    probe.work();
    ticks.tick();
    Ok(ticks.receipt())
}
