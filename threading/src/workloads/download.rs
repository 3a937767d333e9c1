//! Download every page with a pool of threads, each with a session of its own.
//!
//!     cargo run --release -p threading -- sites
//!
//! While one thread waits for its page the system runs another: the waits overlap.

use std::thread;

use anyhow::{Context, Error, Result};
use crossbeam_channel::{Receiver, unbounded};
use shared::Receipt;
use shared::download::{Job, Page, Session};
use shared::progress::counted;
use tracing::instrument;

pub fn run(job: &Job) -> Result<Receipt> {
    let (pages, queue) = unbounded();
    for page in job.pages.clone() {
        pages.send(page)?;
    }
    drop(pages);

    // The scope waits for every thread: when one fails, the others must find nothing left to begin.
    let give_up = |_: &Error| queue.try_iter().for_each(drop);
    thread::scope(|scope| {
        let mut workers = Vec::new();
        for number in 0..job.workers {
            let work = || work(job, &queue).inspect_err(give_up);
            let worker = thread::Builder::new().spawn_scoped(scope, work);
            let worker = worker.with_context(|| format!("thread {number} did not start"));
            workers.push(worker.inspect_err(give_up)?);
        }

        let mut receipt = Receipt::default();
        for worker in workers {
            receipt += worker.join().unwrap()?;
        }
        Ok(receipt)
    })
}

fn work(job: &Job, queue: &Receiver<Page>) -> Result<Receipt> {
    let session = Session::new(&job.policy)?;
    let mut receipt = Receipt::default();
    for page in queue {
        receipt += counted(download(&session, &page)?);
    }
    Ok(receipt)
}

#[instrument(skip_all)]
fn download(session: &Session, page: &Page) -> Result<Receipt> {
    let mut tries = page.tries(&session.policy);
    while let Some(url) = tries.next_url() {
        let answer = session.get(&url);
        if let Some(pause) = tries.judge(answer) {
            thread::sleep(pause);
        }
    }
    tries.receipt()
}
