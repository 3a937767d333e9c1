//! Numbers in memory that two sides change in turn.
//!
//!     cargo run --release --bin threading -- memory --bytes 65536
//!
//! All memory of a process is its threads' alike: nothing is copied. A lock keeps one side out, and wakes it up for its turn.

use std::sync::{Condvar, Mutex};
use std::thread;

use anyhow::Result;
use shared::Receipt;
use shared::probes::Memory;

pub fn run(probe: &Memory) -> Result<Receipt> {
    let memory = Mutex::new(probe.numbers());
    let turned = Condvar::new();
    thread::scope(|scope| {
        scope.spawn(|| far_side(probe, &memory, &turned));
        for _ in 0..probe.rounds {
            strike(&memory, &turned, 0);
        }
    });
    Ok(probe.receipt(&memory.into_inner().unwrap()))
}

fn far_side(probe: &Memory, memory: &Mutex<Vec<u64>>, turned: &Condvar) {
    for _ in 0..probe.rounds {
        strike(memory, turned, 1);
    }
}

/// An even number is left for the one side, an odd one for the other.
fn strike(memory: &Mutex<Vec<u64>>, turned: &Condvar, side: u64) {
    let numbers = memory.lock().unwrap();
    let mut numbers = turned
        .wait_while(numbers, |numbers| numbers[0] % 2 != side)
        .unwrap();
    Memory::strike(&mut numbers);
    drop(numbers);
    turned.notify_one();
}
