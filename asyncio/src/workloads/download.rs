//! Download every page with a number of tasks that share one session.
//!
//!     cargo run --release -p asyncio -- sites
//!
//! While one task waits for its page the loop runs another: the waits overlap, on one thread.

use anyhow::Result;
use async_channel::{Receiver, unbounded};
use shared::Receipt;
use shared::download::{Job, Page};
use shared::progress::counted;
use tokio::task::JoinSet;
use tokio::time;
use tracing::instrument;

use crate::session::Session;

pub async fn run(job: &Job) -> Result<Receipt> {
    let (pages, queue) = unbounded();
    for page in job.pages.clone() {
        pages.send(page).await?;
    }
    drop(pages);

    let session = Session::new(&job.policy)?;
    let mut workers = JoinSet::new();
    for _ in 0..job.workers {
        workers.spawn(work(session.clone(), queue.clone()));
    }

    let mut receipt = Receipt::default();
    while let Some(worker) = workers.join_next().await {
        receipt += worker??;
    }
    Ok(receipt)
}

async fn work(session: Session, queue: Receiver<Page>) -> Result<Receipt> {
    let mut receipt = Receipt::default();
    while let Ok(page) = queue.recv().await {
        receipt += counted(download(&session, &page).await?);
    }
    Ok(receipt)
}

#[instrument(skip_all)]
async fn download(session: &Session, page: &Page) -> Result<Receipt> {
    let mut tries = page.tries(&session.policy);
    while let Some(url) = tries.next_url() {
        let answer = session.get(&url).await;
        if let Some(pause) = tries.judge(answer) {
            time::sleep(pause).await;
        }
    }
    tries.receipt()
}
