//! Several calls that block, handed to a pool.
//!
//!     cargo run --release --bin asyncio -- offload
//!
//! The runtime keeps threads for such calls beside the event loop: the calls overlap.

use anyhow::Result;
use shared::Receipt;
use shared::probes::Blocking;
use tokio::task;

pub async fn run(probe: &Blocking) -> Result<Receipt> {
    let probe = *probe;
    let mut calls = Vec::new();
    for _ in 0..probe.calls {
        calls.push(task::spawn_blocking(move || probe.call()));
    }

    let mut receipt = Receipt::default();
    for call in calls {
        receipt += call.await?;
    }
    Ok(receipt)
}
