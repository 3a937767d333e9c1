//! Three tasks fetch four pages each, every task through a session of its own.
//!
//!     cargo run --example asyncio-thread_local
//!
//! Python: session = ContextVar("session")
//! Rust:   SESSION.scope(Session::open(), download())
//!
//! A task may continue on another thread after any await, so it loses the thread's values. A
//! task-local value lives as long as the future that has it; spawned tasks do not inherit it.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

static OPENED: AtomicU32 = AtomicU32::new(0);
tokio::task_local! {
    static SESSION: Session;
}

/// Has the number of its requests.
struct Session(Cell<u32>);

impl Session {
    fn open() -> Self {
        OPENED.fetch_add(1, Relaxed);
        Session(Cell::new(0))
    }

    fn get(&self, page: u32) -> String {
        let request = self.0.get() + 1;
        self.0.set(request);
        format!("page {page} by request {request} of its session")
    }
}

#[tokio::main]
async fn main() {
    let tasks = [(); 3].map(|()| tokio::spawn(SESSION.scope(Session::open(), download())));
    for task in tasks {
        let last = task.await.unwrap();
        println!("a task got {last}");
        assert_eq!(last, "page 4 by request 4 of its session");
    }
    let opened = OPENED.load(Relaxed);
    println!("sessions opened: {opened}");
    assert_eq!(opened, 3);
    assert!(SESSION.try_with(|_| ()).is_err());
}

async fn download() -> String {
    for page in 1..4 {
        SESSION.with(|session| session.get(page));
        tokio::task::yield_now().await;
    }
    SESSION.with(|session| session.get(4))
}
