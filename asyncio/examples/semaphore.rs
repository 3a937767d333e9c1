//! Nine guests share three chairs.
//!
//!     cargo run --example asyncio-semaphore
//!
//! Python: async with chairs: await eat()
//! Rust:   chairs.acquire().await
//!
//! A permit gives itself back when dropped, and cannot be given back twice. The guest who has
//! waited longest gets a chair; `acquire` fails only after `close`, which Python does not have.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use tokio::sync::{Barrier, Semaphore};
use tokio::task::JoinSet;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let chairs = Arc::new(Semaphore::new(3));
    let full = Arc::new(Barrier::new(3));
    let seated = Arc::new(AtomicUsize::new(0));

    let mut guests = JoinSet::new();
    for _ in 0..9 {
        let (chairs, full, seated) = (chairs.clone(), full.clone(), seated.clone());
        guests.spawn(async move {
            let _chair = chairs.acquire().await.expect("the room stays open");
            let seated_now = seated.fetch_add(1, SeqCst) + 1;
            // A guest eats when three are seated: with fewer permits this would never end.
            full.wait().await;
            seated.fetch_sub(1, SeqCst);
            seated_now
        });
    }
    let most = guests.join_all().await.into_iter().max();
    let (most, free) = (most.unwrap_or(0), chairs.available_permits());
    println!("nine guests ate, at most {most} at a time");
    println!("free chairs at the end: {free}");
    assert_eq!((most, free), (3, 3));
}
