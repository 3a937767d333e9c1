//! Two waiters carry ten dishes from the pass until the kitchen closes.
//!
//!     cargo run --example asyncio-condition
//!
//! Python: changed.wait_for(lambda: dishes or closed)
//! Rust:   pin!(CHANGED.notified())
//!
//! Python's Condition owns a lock. Here: look under a std lock, let it go, wait for a notification.
//! `enable` registers for it, before the look, so that none falls between.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use std::pin::pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use tokio::sync::Notify;

static PASS: Mutex<Vec<u32>> = Mutex::new(Vec::new());
static CLOSED: AtomicBool = AtomicBool::new(false);
static CHANGED: Notify = Notify::const_new();

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let [one, other] = [(); 2].map(|()| tokio::spawn(carry()));
    for dish in 1..=10 {
        PASS.lock().unwrap().push(dish);
        CHANGED.notify_one();
        tokio::task::yield_now().await;
    }
    CLOSED.store(true, SeqCst);
    CHANGED.notify_waiters();

    let (one, other) = (one.await.unwrap(), other.await.unwrap());
    println!("one waiter carried {one:?}, the other {other:?}");
    println!("left on the pass: {:?}", PASS.lock().unwrap());
    let mut carried = [one, other].concat();
    carried.sort();
    assert_eq!(carried, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
}

async fn carry() -> Vec<u32> {
    let mut carried = Vec::new();
    loop {
        let mut notified = pin!(CHANGED.notified());
        notified.as_mut().enable();
        // In this order: the last dish comes before the closing.
        let closed = CLOSED.load(SeqCst);
        let dish = PASS.lock().unwrap().pop();
        match dish {
            Some(dish) => carried.push(dish),
            None if closed => return carried,
            None => notified.await,
        }
    }
}
