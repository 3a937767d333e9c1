//! Do a reader's own work with a pool of processes.

use std::process::ExitCode;

use anyhow::Result;
use multiprocessing::{Pool, tasks};
use work::{Answer, Item, unit};

fn main() -> ExitCode {
    multiprocessing::init(tasks![unit]);
    work::main(run)
}

fn run(items: Vec<Item>, workers: usize) -> Result<Vec<Answer>> {
    let pool = Pool::builder().workers(workers).build()?;
    // Small enough that no process ends long after the others, as in Python's pools.
    let most = items.len().div_ceil(4 * workers).max(1);
    let answers = pool.imap_chunked(unit, items, most)?;
    // A process that dies costs the item that it was at, and no other.
    Ok(answers.map(|answer| answer.map_err(|error| error.to_string())?).collect())
}
