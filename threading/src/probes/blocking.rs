//! Several calls that block.
//!
//!     cargo run --release --bin threading -- blocking
//!
//! A call stops its own thread alone: the calls overlap.

use std::thread;

use anyhow::Result;
use shared::Receipt;
use shared::probes::Blocking;

pub fn run(probe: &Blocking) -> Result<Receipt> {
    let probe = *probe;
    let mut calls = Vec::new();
    for _ in 0..probe.calls {
        calls.push(thread::spawn(move || probe.call()));
    }

    let mut receipt = Receipt::default();
    for call in calls {
        receipt += call.join().unwrap();
    }
    Ok(receipt)
}
