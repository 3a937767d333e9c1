//! Four processes change two numbers.
//!
//!     cargo run --example multiprocessing-value
//!
//! Python: with value.get_lock(): value.value += 1
//! Rust:   guests.fetch_add(1, Ordering::Relaxed)
//!
//! To add is one step here and needs no lock; Python's `value += 1` is two. Where several steps
//! belong together there is a lock, and the kernel releases it if its owner dies.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add multiprocessing-pool --path ../story/multiprocessing/library
//!     cargo run

use std::sync::atomic::Ordering;

use multiprocessing::{Process, Value, tasks};

fn serve(guests: Value<i64>, till: Value<f64>) {
    for _ in 0..1_000 {
        guests.fetch_add(1, Ordering::Relaxed);

        let _lock = till.lock().expect("a lock takes one open file");
        let sum = till.get();
        till.set(sum + 2.5);
    }
}

fn main() -> multiprocessing::Result<()> {
    multiprocessing::init(tasks![serve]);

    let guests = Value::<i64>::new(0)?;
    let till = Value::<f64>::new(100.0)?;
    let mut waiters = Vec::new();
    for _ in 0..4 {
        waiters.push(Process::spawn(serve, (guests.clone(), till.clone()))?);
    }
    for waiter in waiters {
        assert_eq!(waiter.join()?, 0);
    }
    println!("guests, added one by one without a lock: {}", guests.get());
    println!("in the till, read and set under its lock: {}", till.get());
    assert_eq!(guests.get(), 4_000);
    assert_eq!(till.get(), 100.0 + 4_000.0 * 2.5);
    Ok(())
}
