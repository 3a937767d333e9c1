//! Download every page.
//!
//!     cargo run --release --bin threading -- sites
//!
//! A pool of threads, each with a session of its own: while one waits the system runs another, and the waits overlap.

use std::thread;

use anyhow::Result;
use shared::Receipt;
use shared::download::{Job, Page, Queue, Session};
use tracing::instrument;

pub fn run(job: &Job) -> Result<Receipt> {
    let queue = job.queue();
    thread::scope(|scope| {
        let mut workers = Vec::new();
        for _ in 0..job.workers {
            let pages = queue.clone();
            workers.push(thread::Builder::new().spawn_scoped(scope, || work(job, pages))?);
        }
        let receipts = workers.into_iter().map(|worker| worker.join().unwrap());
        receipts.sum()
    })
}

fn work(job: &Job, pages: Queue) -> Result<Receipt> {
    let session = Session::new(&job.policy)?;
    let mut receipt = Receipt::default();
    for page in pages {
        receipt += download(&session, page)?;
    }
    Ok(receipt)
}

#[instrument(skip_all)]
fn download(session: &Session, page: &Page) -> Result<Receipt> {
    let answer = session.get(page)?;
    page.check(answer)
}
