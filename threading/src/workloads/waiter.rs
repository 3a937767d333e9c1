//! Five tables give their orders to one waiter.
//!
//!     cargo run --release --bin threading -- waiter
//!
//! Every table is a thread, so all think at once. A lock keeps the waiter from two tables at once.

use std::sync::Mutex;
use std::thread;

use anyhow::Result;
use shared::Receipt;
use shared::waiter::{Job, Table, Waiter};
use tracing::instrument;

pub fn run(job: &Job) -> Result<Receipt> {
    let waiter = Mutex::new(job.waiter());
    let mut receipt = Receipt::default();
    thread::scope(|scope| {
        let mut tables = Vec::new();
        for table in &job.tables {
            tables.push(scope.spawn(|| give_order(table, &waiter)));
        }
        for table in tables {
            receipt += table.join().unwrap();
        }
    });
    Ok(receipt)
}

#[instrument(skip_all)]
fn give_order(table: &Table, waiter: &Mutex<Waiter>) -> Receipt {
    thread::sleep(table.open_menu());
    let waiter = waiter.lock().unwrap();
    let visit = waiter.visit(table);
    thread::sleep(waiter.ordering);
    visit.order_taken()
}
