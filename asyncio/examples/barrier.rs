//! Three cooks begin each course together.
//!
//!     cargo run --example asyncio-barrier
//!
//! Python: await ready.wait()
//! Rust:   ready.wait().await.is_leader()
//!
//! The last cook to be ready wakes the others, and is the leader. There is no `abort`: a task that
//! is cancelled while it waits still counts as one that is ready.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

use tokio::sync::Barrier;

const COOKS: u32 = 3;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let ready = Arc::new(Barrier::new(COOKS as usize));
    let dishes = Arc::new(AtomicU32::new(0));

    let mut cooks = Vec::new();
    for _ in 0..COOKS {
        cooks.push(tokio::spawn(cook(ready.clone(), dishes.clone())));
    }
    let mut courses = 0;
    for cook in cooks {
        courses += cook.await.unwrap();
    }
    println!("each course had one leader among {COOKS} cooks: {courses} in all");
    assert_eq!((dishes.load(SeqCst), courses), (6, 2));
}

/// Cooks two courses. Returns in how many of them this cook was the leader.
async fn cook(ready: Arc<Barrier>, dishes: Arc<AtomicU32>) -> u32 {
    let mut led = 0;
    for course in 1..=2 {
        dishes.fetch_add(1, SeqCst);
        if ready.wait().await.is_leader() {
            led += 1;
            println!("course {course}: {} dishes so far", dishes.load(SeqCst));
        }
        // All have cooked this course, and none begins the next before all have looked.
        assert_eq!(dishes.load(SeqCst), course * COOKS);
        ready.wait().await;
    }
    led
}
