//! Several calls that block.
//!
//!     cargo run --release --bin multiprocessing -- blocking
//!
//! A call stops its own process alone: the calls overlap.

use anyhow::Result;
use multiprocessing::Process;
use shared::Receipt;
use shared::probes::Blocking;

pub fn run(probe: &Blocking) -> Result<Receipt> {
    let mut calls = Vec::new();
    for _ in 0..probe.calls {
        calls.push(Process::spawn(call, *probe)?);
    }

    let mut receipt = Receipt::default();
    for call in calls {
        receipt += call.result()?;
    }
    Ok(receipt)
}

pub fn call(probe: Blocking) -> Receipt {
    probe.call()
}
