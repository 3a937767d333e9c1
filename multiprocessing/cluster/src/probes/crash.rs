//! One unit of many fails.
//!
//!     cargo run --release --bin cluster -- crash --how abort --broker amqp://guest:guest@127.0.0.1:5672
//!
//! An abort ends a worker process, and its task is tried again: three times, which costs no other task. Then it is answered.

use anyhow::Result;
use cluster::Error;
use cluster::multiprocessing::Error::Panicked;
use shared::Receipt;
use shared::probes::Crash;

use crate::broker;

pub fn run(probe: &Crash) -> Result<Receipt> {
    let cluster = broker::connect()?;
    let mut units = Vec::new();
    for unit in 0..probe.units {
        units.push(cluster.apply_async(attempt, (*probe, unit))?);
    }

    let mut receipt = Receipt::default();
    for unit in units {
        receipt += unit.get().unwrap_or_else(lost);
    }
    Ok(receipt)
}

pub fn attempt(probe: Crash, unit: u64) -> Receipt {
    let attempt = probe.attempt(unit);
    attempt.unwrap_or_else(|_| Receipt::failure("error"))
}

fn lost(error: Error) -> Receipt {
    match error {
        Error::Process(Panicked { .. }) => Receipt::failure("panic"),
        _ => Receipt::failure("abort"),
    }
}
