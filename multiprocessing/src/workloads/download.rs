//! Download every page.
//!
//!     cargo run --release --bin multiprocessing -- sites
//!
//! A pool of processes, each with a session of its own: the waits overlap, and every page crosses a border.

use std::sync::OnceLock;

use anyhow::Result;
use multiprocessing::Pool;
use shared::download::{Job, Page, Policy, Session};
use shared::progress::counted;
use shared::{Failure, Receipt};
use tracing::instrument;

static SESSION: OnceLock<Session> = OnceLock::new();

pub fn run(job: &Job) -> Result<Receipt> {
    let pool = Pool::builder()
        .workers(job.workers)
        .initializer(open_session, job.policy.clone())
        .build()?;
    let mut receipt = Receipt::default();
    for page in pool.imap_unordered(download, job.pages.clone())? {
        receipt += counted(page??);
    }
    Ok(receipt)
}

pub fn open_session(policy: Policy) -> Result<(), Failure> {
    let session = Session::new(&policy)?;
    SESSION.get_or_init(|| session);
    Ok(())
}

#[instrument(skip_all)]
pub fn download(page: Page) -> Result<Receipt, Failure> {
    let session = SESSION.get().expect("the initializer has opened a session");
    let answer = session.get(&page)?;
    Ok(page.check(answer)?)
}
