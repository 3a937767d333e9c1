//! Four waiters pay into one till.
//!
//!     cargo run --example threading-lock
//!
//! Python: with lock: cents += 5
//! Rust:   *till.lock().unwrap() += 5;
//!
//! Python's lock stands beside the data and is kept by discipline, Rust's holds the data: only the
//! guard leads to it, and the end of the guard, by return or by panic, is the release.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo run

use std::panic;
use std::sync::{Mutex, PoisonError};
use std::thread;

fn main() {
    let till = Mutex::new(0);

    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..1_000 {
                    *till.lock().unwrap() += 5;
                }
            });
        }
    });
    let mut cents = till.lock().unwrap();
    println!("four waiters paid in {cents} cents");
    assert_eq!(*cents, 20_000);

    *cents -= 500;
    assert!(till.try_lock().is_err());
    drop(cents);
    assert!(till.try_lock().is_ok());

    // One line instead of a backtrace: this panic is expected.
    panic::set_hook(Box::new(|panic| {
        println!("panicked: {}", panic.payload_as_str().unwrap_or("?"));
    }));
    let clumsy = thread::scope(|scope| {
        let waiter = scope.spawn(|| {
            let mut cents = till.lock().unwrap();
            *cents -= 500;
            panic!("the change is all over the floor");
        });
        waiter.join()
    });
    assert!(clumsy.is_err());

    // Released, but poisoned: the next one to lock must say that half a change is acceptable.
    let poisoned = till.is_poisoned();
    let cents = till.lock().unwrap_or_else(PoisonError::into_inner);
    println!("released, poisoned is {poisoned}: {cents} cents");
    assert!(poisoned);
    assert_eq!(*cents, 19_000);
}
