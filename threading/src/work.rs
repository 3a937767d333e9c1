//! Do a reader's own work with a pool of threads.

use std::process::ExitCode;

use anyhow::Result;
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use work::{Answer, Item, unit};

fn main() -> ExitCode {
    work::main(run)
}

fn run(items: Vec<Item>, workers: usize) -> Result<Vec<Answer>> {
    let pool = ThreadPoolBuilder::new().num_threads(workers).build()?;
    // Small enough that no thread ends long after the others, as in Python's pools.
    let most = items.len().div_ceil(4 * workers).max(1);
    let answers = items.into_par_iter().with_max_len(most).map(unit);
    Ok(pool.install(|| answers.collect()))
}
