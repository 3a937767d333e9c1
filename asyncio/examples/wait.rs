//! A waiter waits for one of three dishes, then until the guests lose patience, then for all.
//!
//!     cargo run --example asyncio-wait
//!
//! Python: await wait(tasks, timeout=0.02)
//! Rust:   time::timeout(patience, pending.join_next()).await
//!
//! Python gives back two sets, done and pending. A JoinSet is the pending one: a task leaves it
//! when it is done. A wait that is given up loses no task, as `join_next` is safe to cancel.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio::time;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let oven = Arc::new(Barrier::new(3));

    let mut pending = JoinSet::new();
    pending.spawn(async { "salad" });
    for dish in ["cake", "roast"] {
        let oven = Arc::clone(&oven);
        pending.spawn(async move {
            oven.wait().await;
            dish
        });
    }

    let first = pending.join_next().await.expect("one left").unwrap();
    println!("the first of three: {first}");
    assert_eq!(first, "salad");

    let patience = Duration::from_millis(20);
    let second = time::timeout(patience, pending.join_next()).await;
    println!("after {patience:?} more: {second:?}");
    println!("still pending: {}", pending.len());
    assert!(second.is_err());
    assert_eq!(pending.len(), 2);

    oven.wait().await;
    let mut rest = pending.join_all().await;
    rest.sort();
    println!("then all, in any order: {rest:?}");
    assert_eq!(rest, ["cake", "roast"]);
}
