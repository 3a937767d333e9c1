//! Five tables give their orders to one waiter, every table a task.
//!
//!     cargo run --release -p asyncio -- waiter
//!     cargo run --release -p asyncio -- waiter --blocking-waiter
//!
//! All tables think at once. Ordering awaits too, so even here a lock must keep the waiter from two tables at once.

use std::sync::Arc;
use std::thread;

use anyhow::Result;
use shared::Receipt;
use shared::waiter::{Form, Job, Table, Waiter};
use tokio::sync::Mutex;
use tokio::time;
use tracing::instrument;

pub async fn run(job: &Job) -> Result<Receipt> {
    let waiter = Arc::new(Mutex::new(job.waiter()));
    let mut tables = Vec::new();
    for table in job.tables.clone() {
        tables.push(tokio::spawn(give_order(table, waiter.clone(), job.form)));
    }

    let mut receipt = Receipt::default();
    for table in tables {
        receipt += table.await?;
    }
    Ok(receipt)
}

#[instrument(skip_all)]
async fn give_order(table: Table, waiter: Arc<Mutex<Waiter>>, form: Form) -> Receipt {
    time::sleep(table.open_menu()).await;
    let waiter = waiter.lock().await;
    let visit = waiter.visit(&table);
    if form == Form::Blocking {
        // The document's mistake: nobody else gets the thread. Here nobody needs it, since all tables have thought by now;
        // `sleepers --blocking` shows what it costs those who do.
        thread::sleep(waiter.ordering);
    } else {
        time::sleep(waiter.ordering).await;
    }
    visit.order_taken()
}
