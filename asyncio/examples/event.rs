//! Three guests wait until the restaurant opens.
//!
//!     cargo run -p asyncio --example asyncio-event
//!
//! Python: asyncio.Event, wait, set, clear -> tokio::sync::watch
//! A watched value with a waiting test is Python's Event for any type. tokio's Notify has no flag:
//! a `notify_waiters` before the wait is lost.
//! cargo add tokio --features full

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
    open.send_replace(true);
    assert_eq!(guests.join_all().await, [true; 3]);

    // It stays set: whoever comes later does not wait at all.
    door.wait_for(|open| *open).await?;
    open.send_replace(false);
    assert!(!*door.borrow());
    Ok(())
}
