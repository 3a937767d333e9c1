//! Download every page with a pool of threads, each with a session of its own.
//!
//!     cargo run --release -p threading -- sites
//!
//! While one thread waits for its page the system runs another: the waits overlap.

use std::thread;

use anyhow::Result;
use crossbeam_channel::{Receiver, unbounded};
use reqwest::blocking::Client;
use shared::Receipt;
use shared::download::{Job, Page, TIMEOUT};
use tracing::instrument;

pub fn run(job: &Job) -> Result<Receipt> {
    let (pages, queue) = unbounded();
    for page in job.pages.clone() {
        pages.send(page)?;
    }
    drop(pages);

    thread::scope(|scope| {
        let mut workers = Vec::new();
        for _ in 0..job.workers {
            workers.push(scope.spawn(|| work(job, &queue)));
        }

        let mut receipt = Receipt::default();
        for worker in workers {
            receipt += worker.join().unwrap()?;
        }
        Ok(receipt)
    })
}

fn work(job: &Job, queue: &Receiver<Page>) -> Result<Receipt> {
    let session = Client::builder()
        .tls_backend_preconfigured(job.trust.tls()?)
        .timeout(TIMEOUT)
        .build()?;

    let mut receipt = Receipt::default();
    for page in queue {
        receipt += download(&session, &page)?;
    }
    Ok(receipt)
}

#[instrument(skip_all)]
fn download(session: &Client, page: &Page) -> Result<Receipt> {
    let response = session.get(page.url()).send()?;
    page.check(response.status(), &response.bytes()?)
}
