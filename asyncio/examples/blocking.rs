//! A cook who sleeps on the loop's thread stops the whole kitchen; on another thread it stops none.
//!
//!     cargo run --example asyncio-blocking
//!
//! Python: time.sleep(0.005)
//! Rust:   thread::sleep(NAP);
//!
//! Neither loop can take the thread away from a task that does not await. Python's debug mode
//! reports a callback that took over 100 ms; tokio says nothing, so look at a ticker, as here.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use tokio::{task, time};

const NAP: Duration = Duration::from_millis(5);

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let ticks = Arc::new(AtomicU32::new(0));
    tokio::spawn(tick(Arc::clone(&ticks)));
    time::sleep(NAP).await;

    let before = ticks.load(Relaxed);
    thread::sleep(NAP);
    let meanwhile = ticks.load(Relaxed) - before;
    println!("the cook slept on the loop's thread; ticks meanwhile: {meanwhile}");
    assert_eq!(meanwhile, 0);

    // On a thread of its own the cook may sleep until the clock has gone on by three.
    let clock = Arc::clone(&ticks);
    let asleep = task::spawn_blocking(move || {
        while clock.load(Relaxed) < before + 3 {
            thread::sleep(NAP);
        }
    });
    asleep.await.unwrap();
    let went_on = ticks.load(Relaxed) >= before + 3;
    println!("on a thread of its own; at least three ticks: {went_on}");
    assert!(went_on);
}

async fn tick(ticks: Arc<AtomicU32>) {
    loop {
        ticks.fetch_add(1, Relaxed);
        time::sleep(Duration::from_millis(1)).await;
    }
}
