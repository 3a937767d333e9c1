//! Three guests wait until the restaurant opens.
//!
//!     cargo run --example asyncio-event
//!
//! Python: await opened.wait()
//! Rust:   door.wait_for(|open| *open).await
//!
//! A watched value with a waiting test is Python's Event for any type. tokio's Notify has no flag:
//! a `notify_waiters` before the wait is lost.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use tokio::sync::watch;
use tokio::task::{self, JoinSet};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), watch::error::RecvError> {
    let (open, mut door) = watch::channel(false);

    let mut guests = JoinSet::new();
    for _ in 0..3 {
        let mut door = door.clone();
        guests.spawn(async move { door.wait_for(|open| *open).await.is_ok() });
    }
    task::yield_now().await;
    assert!(guests.try_join_next().is_none());
    println!("waiting before the restaurant opens: {}", guests.len());
    open.send_replace(true);
    let seated = guests.join_all().await;
    println!("seated after: {}", seated.len());
    assert_eq!(seated, [true; 3]);

    // It stays set: a late guest does not wait.
    let set = *door.wait_for(|open| *open).await?;
    println!("still set for a late guest: {set}");
    open.send_replace(false);
    assert!(set && !*door.borrow());
    Ok(())
}
