//! Nine guests share three chairs.
//!
//!     cargo run -p asyncio --example asyncio-semaphore
//!
//! Python: asyncio.Semaphore, BoundedSemaphore -> tokio::sync::Semaphore
//! A permit gives itself back when dropped, and cannot be given back twice. Chairs go to whoever
//! has waited longest; `acquire` fails only after `close`, which Python does not have.
//! cargo add tokio --features full

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
    assert_eq!(chairs.available_permits(), 3);
}
