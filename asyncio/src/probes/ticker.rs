//! A ticker beside a computation.
//!
//!     cargo run --release --bin asyncio -- ticker
//!
//! The computation is a task that awaits nothing: on one thread the ticker waits until it is done.

use anyhow::Result;
use shared::Receipt;
use shared::probes::{Ticker, Ticks};
use tokio::time;

pub async fn run(probe: &Ticker) -> Result<Receipt> {
    let probe = *probe;
    let computation = tokio::spawn(async move { probe.work() });

    let mut ticks = Ticks::default();
    while !computation.is_finished() {
        ticks.tick();
        time::sleep(probe.interval).await;
    }
    ticks.tick();
    computation.await?;
    Ok(ticks.receipt())
}
