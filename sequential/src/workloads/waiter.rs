//! Five tables give their orders to one waiter.
//!
//!     cargo run --release --bin sequential -- waiter
//!
//! The second table opens the menu when the first has ordered: nothing overlaps.

use std::thread;

use anyhow::Result;
use shared::Receipt;
use shared::waiter::{Job, Table, Waiter};
use tracing::instrument;

pub fn run(job: &Job) -> Result<Receipt> {
    let waiter = job.waiter();
    let mut receipt = Receipt::default();
    for table in &job.tables {
        receipt += give_order(table, &waiter);
    }
    Ok(receipt)
}

#[instrument(skip_all)]
fn give_order(table: &Table, waiter: &Waiter) -> Receipt {
    thread::sleep(table.open_menu());
    let visit = waiter.visit(table);
    thread::sleep(waiter.ordering);
    visit.order_taken()
}
