//! Five tables give their orders to one waiter, every table a process.
//!
//!     cargo run --release -p multiprocessing -- waiter
//!
//! All tables think at once. Nothing is shared, so nothing is locked: a table sends a message, the waiter takes one at a time.

use std::thread;

use anyhow::Result;
use multiprocessing::{Process, Producer, Queue};
use shared::Receipt;
use shared::waiter::{Job, Table};
use tracing::instrument;

pub fn run(job: &Job) -> Result<Receipt> {
    let waiter = job.waiter();
    let (orders, queue) = Queue::new()?.split();
    let mut tables = Vec::new();
    for table in job.tables.clone() {
        tables.push(Process::spawn(give_order, (table, orders.clone()))?);
    }
    // The queue ends, and the waiter goes home, when the last table has dropped its end.
    drop(orders);

    let mut receipt = Receipt::default();
    for table in queue {
        let table = table?;
        let visit = waiter.visit(&table);
        thread::sleep(waiter.ordering);
        receipt += visit.order_taken();
    }
    for table in tables {
        table.result()?;
    }
    Ok(receipt)
}

#[instrument(skip_all)]
pub fn give_order(table: Table, orders: Producer<Table>) {
    thread::sleep(table.open_menu());
    orders.put(table).unwrap();
}
