//! Download every page.
//!
//!     cargo run --release --bin asyncio -- sites
//!
//! A task for each page, one session for all: while one waits the loop runs another, and the waits overlap on one thread.

use anyhow::Result;
use futures_util::{StreamExt, stream};
use shared::Receipt;
use shared::download::{Job, Page};
use tracing::instrument;

use crate::session::Session;

pub async fn run(job: &Job) -> Result<Receipt> {
    let session = Session::new(&job.policy)?;
    let mut downloads = stream::iter(job.pages.clone())
        .map(|page| tokio::spawn(download(session.clone(), page)))
        .buffer_unordered(job.workers);
    let mut receipt = Receipt::default();
    while let Some(page) = downloads.next().await {
        receipt += page??;
    }
    Ok(receipt)
}

#[instrument(skip_all)]
async fn download(session: Session, page: Page) -> Result<Receipt> {
    let answer = session.get(&page).await?;
    page.check(answer)
}
