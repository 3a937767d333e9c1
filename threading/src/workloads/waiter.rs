//! Five tables give their orders to one waiter, every table a thread.
//!
//!     cargo run --release -p threading -- waiter
//!     cargo run --release -p threading -- waiter --queue
//!
//! All tables think at once; a lock, or a queue, keeps the waiter from two tables at once.

use std::sync::Mutex;
use std::thread;

use anyhow::{Context, Result};
use crossbeam_channel::{Receiver, Sender, unbounded};
use shared::Receipt;
use shared::waiter::{Form, Job, Table, Waiter};
use tracing::instrument;

pub fn run(job: &Job) -> Result<Receipt> {
    if job.form == Form::Queue {
        return run_with_queue(job);
    }
    let waiter = Mutex::new(job.waiter());
    thread::scope(|scope| {
        let mut tables = Vec::new();
        for table in &job.tables {
            let table = thread::Builder::new().spawn_scoped(scope, || give_order(table, &waiter));
            tables.push(table.context("a thread did not start")?);
        }

        let mut receipt = Receipt::default();
        for table in tables {
            receipt += table.join().unwrap();
        }
        Ok(receipt)
    })
}

#[instrument(skip_all)]
fn give_order(table: &Table, waiter: &Mutex<Waiter>) -> Receipt {
    thread::sleep(table.open_menu());
    let waiter = waiter.lock().unwrap();
    let visit = waiter.visit(table);
    thread::sleep(waiter.ordering);
    visit.order_taken()
}

fn run_with_queue(job: &Job) -> Result<Receipt> {
    let (orders, queue) = unbounded();
    thread::scope(|scope| {
        let waiter = thread::Builder::new()
            .spawn_scoped(scope, move || take_orders(&queue, &job.waiter()))
            .context("a thread did not start")?;
        for table in &job.tables {
            let orders = orders.clone();
            thread::Builder::new()
                .spawn_scoped(scope, move || call_waiter(table, &orders))
                .context("a thread did not start")?;
        }
        // The queue ends, and the waiter goes home, when the last table has dropped its end.
        drop(orders);
        Ok(waiter.join().unwrap())
    })
}

#[instrument(skip_all)]
fn call_waiter<'a>(table: &'a Table, orders: &Sender<&'a Table>) {
    thread::sleep(table.open_menu());
    orders.send(table).unwrap();
}

#[instrument(skip_all)]
fn take_orders(queue: &Receiver<&Table>, waiter: &Waiter) -> Receipt {
    let mut receipt = Receipt::default();
    for table in queue {
        let visit = waiter.visit(table);
        thread::sleep(waiter.ordering);
        receipt += visit.order_taken();
    }
    receipt
}
