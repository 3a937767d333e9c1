//! Several calls that block.
//!
//!     cargo run --release --bin asyncio -- blocking
//!
//! A call stops the event loop's thread, and every other task with it: the calls add up.

use anyhow::Result;
use shared::Receipt;
use shared::probes::Blocking;

pub async fn run(probe: &Blocking) -> Result<Receipt> {
    let probe = *probe;
    let mut calls = Vec::new();
    for _ in 0..probe.calls {
        calls.push(tokio::spawn(async move { probe.call() }));
    }

    let mut receipt = Receipt::default();
    for call in calls {
        receipt += call.await?;
    }
    Ok(receipt)
}
