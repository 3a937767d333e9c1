//! Five tables give their orders to one waiter.
//!
//!     cargo run --release --bin multiprocessing -- waiter
//!
//! Every table is a process, so all think at once. The waiter stays here, and takes the tables as they are ready.

use std::thread;

use anyhow::Result;
use multiprocessing::Pool;
use shared::Receipt;
use shared::waiter::{Job, Table, Waiter};
use tracing::instrument;

pub fn run(job: &Job) -> Result<Receipt> {
    let waiter = job.waiter();
    let pool = Pool::builder().workers(job.tables.len()).build()?;
    let mut receipt = Receipt::default();
    for table in pool.imap_unordered(think, job.tables.clone())? {
        receipt += give_order(&table?, &waiter);
    }
    Ok(receipt)
}

#[instrument(skip_all)]
pub fn think(table: Table) -> Table {
    thread::sleep(table.open_menu());
    table
}

#[instrument(skip_all)]
fn give_order(table: &Table, waiter: &Waiter) -> Receipt {
    let visit = waiter.visit(table);
    thread::sleep(waiter.ordering);
    visit.order_taken()
}
