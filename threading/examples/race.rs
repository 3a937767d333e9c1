//! Two waiters count guests with x = x + 1, and lose one.
//!
//!     cargo run --example threading-race
//!
//! Python: guests = guests + 1
//! Rust:   guests.store(counted + 1, Relaxed);
//!
//! rustc refuses every data race. The logical race remains: to load, add and store are three steps,
//! each of them safe, and another thread may act in between. `fetch_add` is one step.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo run

use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread;

fn main() {
    // What Python lets pass:
    //     let mut guests = 0;
    //     scope.spawn(|| guests = guests + 1);
    //     scope.spawn(|| guests = guests + 1);
    // error[E0499]: cannot borrow `guests` as mutable more than once at a time

    let guests = AtomicU32::new(0);
    let both_have_loaded = Barrier::new(2);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let counted = guests.load(Relaxed);
                // Sometimes the system switches threads here; the barrier makes it certain.
                both_have_loaded.wait();
                guests.store(counted + 1, Relaxed);
            });
        }
    });
    let counted = guests.swap(0, Relaxed);
    println!("load, then store: two came, {counted} counted");
    assert_eq!(counted, 1);

    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| guests.fetch_add(1, Relaxed));
        }
    });
    let counted = guests.into_inner();
    println!("fetch_add: two came, {counted} counted");
    assert_eq!(counted, 2);
}
