//! Do a reader's own work, one item after another.

use std::process::ExitCode;

use anyhow::Result;
use work::{Answer, Item, unit};

fn main() -> ExitCode {
    work::main(run)
}

fn run(items: Vec<Item>, _workers: usize) -> Result<Vec<Answer>> {
    Ok(items.into_iter().map(unit).collect())
}
