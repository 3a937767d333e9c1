//! Several calls that block.
//!
//!     cargo run --release --bin threading -- blocking
//!
//! A call stops its own thread alone: the calls overlap.

use std::thread;

use anyhow::{Context, Result};
use shared::Receipt;
use shared::probes::Blocking;

pub fn run(probe: &Blocking) -> Result<Receipt> {
    let probe = *probe;
    let mut calls = Vec::new();
    for number in 0..probe.calls {
        let call = thread::Builder::new().spawn(move || probe.call());
        calls.push(call.with_context(|| format!("thread {number} did not start"))?);
    }

    let mut receipt = Receipt::default();
    for call in calls {
        receipt += call.join().unwrap();
    }
    Ok(receipt)
}
