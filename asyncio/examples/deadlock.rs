//! A waiter takes the only corkscrew and never brings it back; the next one notices.
//!
//!     cargo run --example asyncio-deadlock
//!
//! Python: await wait_for(lock.acquire(), 0.02)
//! Rust:   time::timeout(patience, corkscrew.lock()).await
//!
//! A guard releases by itself, so it takes some effort to keep a lock for ever: forget the guard,
//! or wait for each other in turn. The loop stays alive: other tasks go on, and a timeout works.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::{self, JoinSet};
use tokio::time;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let corkscrew = Arc::new(Mutex::new(()));
    let patience = Duration::from_millis(20);

    mem::forget(Arc::clone(&corkscrew).lock_owned().await);
    let locked = corkscrew.try_lock().is_err();
    println!("the guard is forgotten; still locked: {locked}");
    assert!(locked);
    let taken = time::timeout(patience, corkscrew.lock()).await;
    println!("the next waiter tries for {patience:?} and gets {taken:?}");
    assert!(taken.is_err());

    // Two locks that all tasks take in the same order cannot deadlock.
    let cutlery = Arc::new((Mutex::new(0), Mutex::new(0)));
    let mut guests = JoinSet::new();
    for _ in 0..2 {
        let cutlery = Arc::clone(&cutlery);
        guests.spawn(async move {
            for _ in 0..1_000 {
                let mut fork = cutlery.0.lock().await;
                task::yield_now().await;
                let mut knife = cutlery.1.lock().await;
                (*fork, *knife) = (*fork + 1, *knife + 1);
            }
        });
    }
    guests.join_all().await;
    let (fork, knife) = (*cutlery.0.lock().await, *cutlery.1.lock().await);
    println!("fork before knife, always: {fork} meals");
    assert_eq!((fork, knife), (2_000, 2_000));
}
