//! Download every page.
//!
//!     cargo run --release --bin cluster -- sites --broker amqp://guest:guest@127.0.0.1:5672
//!
//! A worker that is free takes the next page, and keeps its session: the waits overlap, on all machines at once.
//! Every node must reach the server at the address that a page has.

use std::sync::Mutex;

use anyhow::Result;
use shared::download::{Job, Page, Policy, Session};
use shared::progress::counted;
use shared::{Failure, Receipt};
use tracing::instrument;

use crate::broker;

/// A worker serves one client after another, each with its own policy.
static SESSION: Mutex<Option<(Policy, Session)>> = Mutex::new(None);

pub fn run(job: &Job) -> Result<Receipt> {
    let cluster = broker::connect()?;
    let pages = job
        .pages
        .iter()
        .map(|page| (page.clone(), job.policy.clone()));
    let mut receipt = Receipt::default();
    for page in cluster.imap_unordered_chunked(download, pages, 1)? {
        receipt += counted(page??);
    }
    Ok(receipt)
}

#[instrument(skip_all)]
pub fn download(page: Page, policy: Policy) -> Result<Receipt, Failure> {
    let mut session = SESSION.lock().unwrap();
    let (_, session) = match &mut *session {
        Some(session) if session.0 == policy => session,
        other => {
            let opened = Session::new(&policy)?;
            other.insert((policy, opened))
        }
    };
    let answer = session.get(&page)?;
    Ok(page.check(answer)?)
}
