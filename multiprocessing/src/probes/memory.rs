//! Numbers in memory that two sides change in turn.
//!
//!     cargo run --release --bin multiprocessing -- memory --bytes 65536
//!
//! Processes share memory where they ask for it: nothing is copied. An empty message wakes the other side up for its turn.

use std::sync::atomic::Ordering::Relaxed;

use anyhow::Result;
use multiprocessing::{Array, Pipe, Process};
use shared::Receipt;
use shared::probes::Memory;

pub fn run(probe: &Memory) -> Result<Receipt> {
    let memory = Array::from_slice(&probe.numbers())?;
    let (pipe, far_end) = Pipe::new()?;
    let partner = Process::spawn(far_side, (memory.clone(), far_end))?;

    for _ in 0..probe.rounds {
        strike(&memory);
        pipe.send(())?;
        pipe.recv()?;
    }
    drop(pipe);
    partner.result()?;
    Ok(probe.receipt(&memory.to_vec()))
}

pub fn far_side(memory: Array<u64>, far_end: Pipe<()>) {
    while far_end.recv().is_ok() {
        strike(&memory);
        far_end.send(()).unwrap();
    }
}

fn strike(memory: &Array<u64>) {
    let next = memory.get(0) + 1;
    for number in memory.iter() {
        number.store(next, Relaxed);
    }
}
