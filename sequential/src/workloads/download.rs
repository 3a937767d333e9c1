//! Download every page, one after another, in one session.
//!
//!     cargo run --release -p sequential -- sites
//!
//! While a page is on its way the program waits: no two waits overlap.

use anyhow::Result;
use reqwest::blocking::Client;
use shared::Receipt;
use shared::download::{Job, Page, TIMEOUT};
use tracing::instrument;

pub fn run(job: &Job) -> Result<Receipt> {
    let session = Client::builder()
        .tls_backend_preconfigured(job.trust.tls()?)
        .timeout(TIMEOUT)
        .build()?;

    let mut receipt = Receipt::default();
    for page in &job.pages {
        receipt += download(&session, page)?;
    }
    Ok(receipt)
}

#[instrument(skip_all)]
fn download(session: &Client, page: &Page) -> Result<Receipt> {
    let response = session.get(page.url()).send()?;
    page.check(response.status(), &response.bytes()?)
}
