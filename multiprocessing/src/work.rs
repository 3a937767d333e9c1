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
    // One at a time: where a process dies that costs the item that it was at, and no other.
    let answers = pool.imap(unit, items)?;
    Ok(answers
        .map(|answer| answer.map_err(|error| error.to_string())?)
        .collect())
}
