//! Several calls that block.
//!
//!     cargo run --release --bin cluster -- blocking --broker amqp://guest:guest@127.0.0.1:5672
//!
//! A call stops the worker process that makes it: the calls overlap, as far as there are workers on all nodes.

use anyhow::Result;
use shared::Receipt;
use shared::probes::Blocking;

use crate::broker;

pub fn run(probe: &Blocking) -> Result<Receipt> {
    let cluster = broker::connect()?;
    let mut calls = Vec::new();
    for _ in 0..probe.calls {
        calls.push(cluster.apply_async(call, *probe)?);
    }

    let mut receipt = Receipt::default();
    for call in calls {
        receipt += call.get()?;
    }
    Ok(receipt)
}

pub fn call(probe: Blocking) -> Receipt {
    probe.call()
}
