//! Two units that give way to each other.
//!
//!     cargo run --release --bin asyncio -- switch
//!
//! A task that yields returns to the event loop, which looks for what has become ready meanwhile, and calls the next.

use anyhow::Result;
use shared::Receipt;
use shared::probes::Switch;
use tokio::task;

pub async fn run(probe: &Switch) -> Result<Receipt> {
    let far = tokio::spawn(side(*probe));

    let mut receipt = side(*probe).await;
    receipt += far.await?;
    Ok(receipt)
}

async fn side(probe: Switch) -> Receipt {
    let mut receipt = Receipt::default();
    for _ in 0..probe.rounds {
        task::yield_now().await;
        receipt.units += 1;
    }
    receipt
}
