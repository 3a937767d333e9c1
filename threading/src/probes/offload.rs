//! Several calls that block, handed to a pool.
//!
//!     cargo run --release --bin threading -- offload
//!
//! The pool has a thread for every call: the calls overlap.

use anyhow::Result;
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use shared::Receipt;
use shared::probes::Blocking;

pub fn run(probe: &Blocking) -> Result<Receipt> {
    let pool = ThreadPoolBuilder::new().num_threads(probe.calls).build()?;
    let calls = (0..probe.calls).into_par_iter().map(|_| probe.call());
    Ok(pool.install(|| calls.sum()))
}
