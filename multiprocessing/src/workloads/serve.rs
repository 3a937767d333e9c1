//! Serve pages with processes that share the listening socket, each of which serves one connection at a time.
//!
//!     cargo run --release --bin multiprocessing -- serve --port 8000 --workers 64
//!
//! The system gives each connection to one of those that wait for it. Killing a process costs its connection: the pool starts
//! another in its place.

use std::net::TcpListener;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use anyhow::Result;
use multiprocessing::{Handle, Pool};
use shared::serve::{Answer, Connection, Job, Listener, PREFORKED, Request, Rules};
use shared::{Failure, Receipt};
use tracing::instrument;

pub fn run(job: &Job) -> Result<Receipt> {
    let listener = Listener::open(job)?;
    let socket = Handle::new(listener.socket().try_clone()?);
    let workers = job.workers.unwrap_or(PREFORKED);
    let pool = Pool::builder().workers(workers).retries(u32::MAX).build()?;
    let mut all = Vec::new();
    for _ in 0..workers {
        all.push(pool.apply_async(work, (socket.clone(), job.rules))?);
    }

    let mut receipt = Receipt::default();
    for worker in all {
        receipt += worker.get()??;
    }
    Ok(receipt)
}

pub fn work(socket: Handle<TcpListener>, rules: Rules) -> Result<Receipt, Failure> {
    let listener = Listener::shared(socket.get()?, rules)?;
    while let Some(connection) = listener.accept() {
        // The next client has not asked for this one's panic.
        let _ = catch_unwind(AssertUnwindSafe(|| serve(connection)));
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
