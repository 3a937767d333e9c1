//! Nine guests share three chairs.
//!
//!     cargo run -p asyncio --example asyncio-semaphore
//!
//! Python: async with chairs: await eat()
//! Rust:   chairs.acquire().await
//!
//! A permit gives itself back when dropped, and cannot be given back twice. Chairs go to whoever
//! has waited longest; `acquire` fails only after `close`, which Python does not have.
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
            let _chair = chairs.acquire().await.expect("nobody closes the room");
            assert!(seated.fetch_add(1, SeqCst) < 3);
            // Nobody eats before three are seated: with fewer permits this would never end.
            full.wait().await;
            seated.fetch_sub(1, SeqCst);
        });
    }
    guests.join_all().await;
    println!(
        "nine guests ate, three at a time; free chairs: {}",
        chairs.available_permits()
    );
    assert_eq!(chairs.available_permits(), 3);
}
