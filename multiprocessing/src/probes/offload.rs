//! Several calls that block, handed to a pool.
//!
//!     cargo run --release --bin multiprocessing -- offload
//!
//! The pool has a process for every call: the calls overlap.

use anyhow::Result;
use multiprocessing::Pool;
use shared::Receipt;
use shared::probes::Blocking;

pub fn run(probe: &Blocking) -> Result<Receipt> {
    let pool = Pool::builder().workers(probe.calls).build()?;

    let mut receipt = Receipt::default();
    for call in pool.imap_unordered(call, vec![*probe; probe.calls])? {
        receipt += call?;
    }
    Ok(receipt)
}

pub fn call(probe: Blocking) -> Receipt {
    probe.call()
}
