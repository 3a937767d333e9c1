//! A timer rings when the cake is done, unless the oven is switched off before.
//!
//!     cargo run --example asyncio-call_later
//!
//! Python: loop.call_later(0.03, ring)
//! Rust:   call_later(baking, move || start.elapsed())
//!
//! A timer is a task that sleeps and then calls. `sleep_until` takes a point of the monotonic
//! clock; for a time of day subtract the present time of day.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use std::time::Duration;

use tokio::time::{self, Instant};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let baking = Duration::from_millis(30);

    let cake = tokio::spawn(call_later(baking, move || start.elapsed()));
    let never = Duration::from_secs(3600);
    let forgotten = tokio::spawn(call_later(never, || panic!("it is burnt")));

    let rang = cake.await.unwrap();
    println!("the cake is set to {baking:?}; it rang after {rang:.0?}");
    assert!(rang >= baking);
    forgotten.abort();
    let cancelled = forgotten.await.unwrap_err().is_cancelled();
    println!("the other timer is switched off; it was cancelled: {cancelled}");
    assert!(cancelled);

    // At a set time, here one that has passed already: it rings at once.
    assert!(call_at(start + baking, move || start.elapsed()).await >= baking);
}

async fn call_later<T>(delay: Duration, ring: impl FnOnce() -> T) -> T {
    time::sleep(delay).await;
    ring()
}

async fn call_at<T>(when: Instant, ring: impl FnOnce() -> T) -> T {
    time::sleep_until(when).await;
    ring()
}
