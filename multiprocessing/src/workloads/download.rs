//! Download every page with a pool of processes, each with a session of its own.
//!
//!     cargo run --release -p multiprocessing -- sites
//!
//! While one process waits for its page the system runs another: the waits overlap, and every page crosses a border.

use std::sync::OnceLock;

use anyhow::Result;
use multiprocessing::Pool;
use reqwest::blocking::Client;
use shared::download::{Job, Page, TIMEOUT, Trust};
use shared::{Failure, Receipt};
use tracing::instrument;

static SESSION: OnceLock<Client> = OnceLock::new();

pub fn run(job: &Job) -> Result<Receipt> {
    let pool = Pool::builder()
        .workers(job.workers)
        .initializer(open_session, job.trust)
        .build()?;

    let mut receipt = Receipt::default();
    for page in pool.imap_unordered(download, job.pages.clone())? {
        receipt += page??;
    }
    Ok(receipt)
}

pub fn open_session(trust: Trust) {
    let session = Client::builder()
        .tls_backend_preconfigured(trust.tls().unwrap())
        .timeout(TIMEOUT)
        .build();
    SESSION.set(session.unwrap()).unwrap();
}

#[instrument(skip_all)]
pub fn download(page: Page) -> Result<Receipt, Failure> {
    let session = SESSION.get().expect("the initializer has opened a session");
    let response = session.get(page.url()).send()?;
    Ok(page.check(response.status(), &response.bytes()?)?)
}
