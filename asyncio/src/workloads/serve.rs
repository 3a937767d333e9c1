//! Serve pages, every connection a task.
//!
//!     cargo run --release --bin asyncio -- serve --port 8000
//!     cargo run --release --bin asyncio -- serve --port 8000 --runtime multi-thread
//!
//! A client that is silent costs the memory of its task. One that has the loop compute keeps all others waiting.

use anyhow::Result;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use shared::Receipt;
use shared::serve::{Answer, Job, Request};
use tokio::time;
use tokio_util::task::TaskTracker;
use tracing::instrument;

use crate::listener::{Connection, Listener, count_end};

pub async fn run(job: &Job) -> Result<Receipt> {
    let listener = Listener::open(job)?;
    let (tasks, ending) = (TaskTracker::new(), GracefulShutdown::new());
    while let Some(connection) = listener.accept().await {
        tasks.spawn(serve(connection, ending.watcher()));
    }
    ending.shutdown().await;
    tasks.close();
    tasks.wait().await;
    Ok(listener.receipt())
}

async fn serve(connection: Connection, ending: Watcher) {
    let visit = connection.visit.clone();
    let end = ending.watch(connection.answered_by(answer)).await;
    count_end(&visit, end);
}

#[instrument(skip_all)]
async fn answer(request: Request) -> Answer {
    if let Some(delay) = request.delay {
        time::sleep(delay).await;
    }
    request.answer()
}
