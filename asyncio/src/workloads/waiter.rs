//! Five tables give their orders to one waiter.
//!
//!     cargo run --release --bin asyncio -- waiter
//!
//! Every table is a task, so all think at once. Ordering awaits too: one thread needs a lock as well.

use std::sync::Arc;

use anyhow::Result;
use shared::Receipt;
use shared::waiter::{Job, Table, Waiter};
use tokio::sync::Mutex;
use tokio::time;
use tracing::instrument;

pub async fn run(job: &Job) -> Result<Receipt> {
    let waiter = Arc::new(Mutex::new(job.waiter()));
    let mut tables = Vec::new();
    for table in job.tables.clone() {
        tables.push(tokio::spawn(give_order(table, waiter.clone())));
    }
    let mut receipt = Receipt::default();
    for table in tables {
        receipt += table.await?;
    }
    Ok(receipt)
}

#[instrument(skip_all)]
async fn give_order(table: Table, waiter: Arc<Mutex<Waiter>>) -> Receipt {
    time::sleep(table.open_menu()).await;
    let waiter = waiter.lock().await;
    let visit = waiter.visit(&table);
    time::sleep(waiter.ordering).await;
    visit.order_taken()
}
