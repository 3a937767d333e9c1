//! Download every page with a number of tasks that share one session.
//!
//!     cargo run --release -p asyncio -- sites
//!
//! While one task waits for its page the loop runs another: the waits overlap, on one thread.

use anyhow::Result;
use async_channel::{Receiver, unbounded};
use http_body_util::BodyExt;
use shared::Receipt;
use shared::download::{Job, Page};
use tracing::instrument;

use crate::session::Session;

pub async fn run(job: &Job) -> Result<Receipt> {
    let (pages, queue) = unbounded();
    for page in job.pages.clone() {
        pages.send(page).await?;
    }
    pages.close();

    let session = Session::new(job.trust.tls()?);
    let mut workers = Vec::new();
    for _ in 0..job.workers {
        workers.push(tokio::spawn(work(session.clone(), queue.clone())));
    }

    let mut receipt = Receipt::default();
    for worker in workers {
        receipt += worker.await??;
    }
    Ok(receipt)
}

async fn work(session: Session, queue: Receiver<Page>) -> Result<Receipt> {
    let mut receipt = Receipt::default();
    while let Ok(page) = queue.recv().await {
        receipt += download(&session, &page).await?;
    }
    Ok(receipt)
}

#[instrument(skip_all)]
async fn download(session: &Session, page: &Page) -> Result<Receipt> {
    let response = session.get(page.url()).await?;
    page.check(
        response.status(),
        &response.into_body().collect().await?.to_bytes(),
    )
}
