//! Four waiters pay into one till.
//!
//!     cargo run --example asyncio-lock
//!
//! Python: async with lock: cents += 5
//! Rust:   *till.lock().await += 5;
//!
//! Python's lock stands beside the data, Rust's holds it. This one may be kept across an await;
//! where nothing is awaited under the lock, `std::sync::Mutex` is right and faster, in tasks too.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use std::panic;
use std::sync::Arc;

use tokio::sync::Mutex;
use tokio::task::{self, JoinSet};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let till = Arc::new(Mutex::new(0));
    let mut waiters = JoinSet::new();
    for _ in 0..4 {
        let till = Arc::clone(&till);
        waiters.spawn(async move {
            for _ in 0..1_000 {
                *till.lock().await += 5;
            }
        });
    }
    waiters.join_all().await;
    let mut cents = till.lock().await;
    println!("four waiters paid in {cents} cents");
    assert_eq!(*cents, 20_000);

    *cents -= 500;
    task::yield_now().await;
    assert!(till.try_lock().is_err());
    drop(cents);

    // One line instead of a backtrace: this panic is expected.
    panic::set_hook(Box::new(|panic| {
        println!("panicked: {}", panic.payload_as_str().unwrap_or("?"));
    }));
    let spilt = Arc::clone(&till);
    let clumsy = tokio::spawn(async move {
        let mut cents = spilt.lock().await;
        *cents -= 500;
        panic!("the change is all over the floor");
    });
    assert!(clumsy.await.is_err());

    // Released, and not poisoned: nothing warns the next one that half a change may be missing.
    let cents = till.try_lock();
    println!("released, without a mark: {cents:?}");
    assert_eq!(*cents.unwrap(), 19_000);
}
