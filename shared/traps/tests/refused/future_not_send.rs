//! A task keeps a std guard while it waits, and may wake up on another thread. Python would deadlock.

use std::sync::{Arc, Mutex};

#[tokio::main]
async fn main() {
    let till = Arc::new(Mutex::new(0));
    let waiter = tokio::spawn(async move {
        let mut cents = till.lock().unwrap();
        tokio::task::yield_now().await;
        *cents += 500;
    });
    waiter.await.unwrap();
}
