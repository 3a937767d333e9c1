//! Serve pages, every connection a thread, or as many connections at once as there are threads in a pool.
//!
//!     cargo run --release --bin threading -- serve --port 8000
//!     cargo run --release --bin threading -- serve --port 8000 --workers 64
//!
//! A client that is silent costs a thread that sleeps. A panic costs one connection.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use anyhow::{Context, Result};
use shared::Receipt;
use shared::serve::{Answer, Connection, Job, Listener, Request};
use tracing::instrument;

pub fn run(job: &Job) -> Result<Receipt> {
    let listener = Listener::open(job)?;
    thread::scope(|scope| -> Result<()> {
        if let Some(workers) = job.workers {
            for number in 0..workers {
                let worker = thread::Builder::new().spawn_scoped(scope, || work(&listener));
                let worker = worker.with_context(|| format!("thread {number} did not start"));
                worker.inspect_err(|_| listener.end())?;
            }
            return Ok(());
        }
        while let Some(connection) = listener.accept() {
            let serve = move || catch_unwind(AssertUnwindSafe(|| serve(connection)));
            if thread::Builder::new().spawn_scoped(scope, serve).is_err() {
                listener.count_trouble("no thread");
            }
        }
        Ok(())
    })?;
    Ok(listener.receipt())
}

fn work(listener: &Arc<Listener>) {
    while let Some(connection) = listener.accept() {
        // The next client has not asked for this one's panic.
        let _ = catch_unwind(AssertUnwindSafe(|| serve(connection)));
    }
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
