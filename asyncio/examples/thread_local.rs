//! Three tasks fetch four pages each, every task through a session of its own.
//!
//!     cargo run -p asyncio --example asyncio-thread_local
//!
//! Python: session = ContextVar("session")
//! Rust:   SESSION.scope(Session::open(), download())
//!
//! A task may go on on another thread after any await, so what is kept for the thread is lost to
//! it. A task-local value lives as long as the future that it is given to; spawned tasks do not
//! inherit it.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use std::cell::RefCell;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use tokio::task;

static OPENED: AtomicU32 = AtomicU32::new(0);

tokio::task_local! {
    static SESSION: RefCell<Session>;
}

struct Session {
    requests: u32,
}

impl Session {
    fn open() -> RefCell<Self> {
        OPENED.fetch_add(1, Relaxed);
        RefCell::new(Session { requests: 0 })
    }

    fn get(&mut self, page: u32) -> String {
        self.requests += 1;
        format!("page {page}, request {}", self.requests)
    }
}

#[tokio::main]
async fn main() {
    let tasks = [(); 3].map(|()| tokio::spawn(SESSION.scope(Session::open(), download())));

    for task in tasks {
        assert_eq!(task.await.unwrap(), "page 4, request 4");
    }
    println!(
        "12 pages over {} sessions, one a task",
        OPENED.load(Relaxed)
    );
    assert_eq!(OPENED.load(Relaxed), 3);
    assert!(SESSION.try_with(|_| ()).is_err());
}

async fn download() -> String {
    for page in 1..4 {
        SESSION.with(|session| session.borrow_mut().get(page));
        task::yield_now().await;
    }
    SESSION.with(|session| session.borrow_mut().get(4))
}
