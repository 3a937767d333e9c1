//! Download every page.
//!
//!     cargo run --release --bin sequential -- sites
//!
//! One session for all: while a page is on its way the program waits, and no two waits overlap.

use anyhow::Result;
use shared::Receipt;
use shared::download::{Job, Page, Session};
use tracing::instrument;

pub fn run(job: &Job) -> Result<Receipt> {
    let session = Session::new(&job.policy)?;
    let mut receipt = Receipt::default();
    for page in &job.pages {
        receipt += download(&session, page)?;
    }
    Ok(receipt)
}

#[instrument(skip_all)]
fn download(session: &Session, page: &Page) -> Result<Receipt> {
    let answer = session.get(page)?;
    page.check(answer)
}
