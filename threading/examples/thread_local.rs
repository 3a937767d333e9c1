//! Three threads fetch four pages each, every thread through a session of its own.
//!
//!     cargo run --example threading-thread_local
//!
//! Python: local = threading.local()
//! Rust:   SESSION.with_borrow_mut(|session| session.get(page))
//!
//! Python asks with hasattr whether this thread has its session yet, and may forget to keep it.
//! Rust's initialiser runs at the first use on each thread; the thread's end drops the session.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo run

use std::cell::RefCell;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread;

static OPENED: AtomicU32 = AtomicU32::new(0);

thread_local! {
    static SESSION: RefCell<Session> = RefCell::new(Session::open());
}

struct Session {
    requests: u32,
}

impl Session {
    fn open() -> Self {
        OPENED.fetch_add(1, Relaxed);
        Session { requests: 0 }
    }

    fn get(&mut self, page: u32) -> String {
        self.requests += 1;
        format!("page {page} by request {} of its session", self.requests)
    }
}

fn main() {
    let threads = [(); 3].map(|()| thread::spawn(download));

    for thread in threads {
        let last = thread.join().unwrap();
        println!("a thread got {last}");
        assert_eq!(last, "page 4 by request 4 of its session");
    }
    let opened = OPENED.load(Relaxed);
    println!("sessions opened: {opened}");
    assert_eq!(opened, 3);
}

fn download() -> String {
    let get = |page| SESSION.with_borrow_mut(|session| session.get(page));
    for page in 1..4 {
        get(page);
    }
    get(4)
}
