//! Several calls that block.
//!
//!     cargo run --release --bin sequential -- blocking
//!
//! One thread makes one call at a time: the calls add up.

use anyhow::Result;
use shared::Receipt;
use shared::probes::Blocking;

pub fn run(probe: &Blocking) -> Result<Receipt> {
    let mut receipt = Receipt::default();
    for _ in 0..probe.calls {
        receipt += probe.call();
    }
    Ok(receipt)
}
