//! Numbers in memory that two sides change in turn.
//!
//!     cargo run --release --bin asyncio -- memory --bytes 65536
//!
//! All memory of a process is its tasks' alike: nothing is copied. A notice to the other side makes it ready for its turn.

use std::sync::{Arc, Mutex};

use anyhow::Result;
use shared::Receipt;
use shared::probes::Memory;
use tokio::sync::Notify;

pub async fn run(probe: &Memory) -> Result<Receipt> {
    let memory = Arc::new(Mutex::new(probe.numbers()));
    let (there, back) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let ends = (there.clone(), back.clone());
    let partner = tokio::spawn(far_side(*probe, memory.clone(), ends));

    for _ in 0..probe.rounds {
        Memory::strike(&mut memory.lock().unwrap());
        there.notify_one();
        back.notified().await;
    }
    partner.await?;
    let memory = memory.lock().unwrap();
    Ok(probe.receipt(&memory))
}

async fn far_side(
    probe: Memory,
    memory: Arc<Mutex<Vec<u64>>>,
    (there, back): (Arc<Notify>, Arc<Notify>),
) {
    for _ in 0..probe.rounds {
        there.notified().await;
        Memory::strike(&mut memory.lock().unwrap());
        back.notify_one();
    }
}
