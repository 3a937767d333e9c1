//! Five tables give their orders to one waiter, every table at whichever node is free.
//!
//!     cargo run --release --bin cluster -- waiter --broker amqp://guest:guest@127.0.0.1:5672
//!
//! All tables think at once, as far as there are workers. Nothing is shared, so nothing is locked: the waiter takes one result at a time.

use std::thread;

use anyhow::Result;
use shared::Receipt;
use shared::waiter::{Job, Table};
use tracing::instrument;

use crate::broker;

pub fn run(job: &Job) -> Result<Receipt> {
    let waiter = job.waiter();
    let cluster = broker::connect()?;

    let mut receipt = Receipt::default();
    for table in cluster.imap_unordered_chunked(give_order, job.tables.clone(), 1)? {
        let table = table?;
        let visit = waiter.visit(&table);
        thread::sleep(waiter.ordering);
        receipt += visit.order_taken();
    }
    Ok(receipt)
}

#[instrument(skip_all)]
pub fn give_order(table: Table) -> Table {
    thread::sleep(table.open_menu());
    table
}
