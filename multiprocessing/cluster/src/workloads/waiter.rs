//! Five tables give their orders to one waiter.
//!
//!     cargo run --release --bin cluster -- waiter --broker amqp://guest:guest@127.0.0.1:5672
//!
//! A table thinks on a node that is free, so all think at once. The waiter stays here, and takes tables as they are ready.

use std::thread;

use anyhow::Result;
use shared::Receipt;
use shared::waiter::{Job, Table, Waiter};
use tracing::instrument;

use crate::broker;

pub fn run(job: &Job) -> Result<Receipt> {
    let waiter = job.waiter();
    let cluster = broker::connect()?;
    let mut receipt = Receipt::default();
    for table in cluster.imap_unordered_chunked(think, job.tables.clone(), 1)? {
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
