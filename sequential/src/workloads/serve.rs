//! Serve pages, one connection after another.
//!
//!     cargo run --release --bin sequential -- serve --port 8000
//!
//! The second client waits until the first has gone, although the first may be silent most of the time.

use std::thread;

use anyhow::Result;
use shared::Receipt;
use shared::serve::{Answer, Connection, Job, Listener, Request};
use tracing::instrument;

pub fn run(job: &Job) -> Result<Receipt> {
    let listener = Listener::open(job)?;
    while let Some(connection) = listener.accept() {
        serve(connection);
    }
    Ok(listener.receipt())
}

fn serve(mut connection: Connection) {
    while let Some(request) = connection.receive() {
        connection.send(answer(&request));
    }
}

#[instrument(skip_all)]
fn answer(request: &Request) -> Answer {
    if let Some(delay) = request.delay {
        thread::sleep(delay);
    }
    request.answer()
}
