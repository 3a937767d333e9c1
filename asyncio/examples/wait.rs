//! Three dishes are on their way: wait for one, then for no longer than guests will, then for all.
//!
//!     cargo run -p asyncio --example asyncio-wait
//!
//! Python: await wait(tasks, timeout=0.02)
//! Rust:   time::timeout(patience, pending.join_next()).await
//!
//! Python gives back two sets, done and pending. A JoinSet is the pending one: what is done leaves
//! it. A wait that is given up loses no task, as `join_next` is safe to cancel.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (heat, oven) = oneshot::channel();

    let mut pending = JoinSet::new();
    for dish in ["salad", "cheese"] {
        pending.spawn(async move { dish });
    }
    pending.spawn(async {
        oven.await.expect("somebody heats the oven");
        "roast"
    });

    let first = pending.join_next().await.expect("one left").unwrap();
    let second = pending.join_next().await.expect("one left").unwrap();
    println!("first {first}, then {second}");
    assert!(["salad", "cheese"].contains(&first) && first != second);

    let patience = Duration::from_millis(20);
    assert!(time::timeout(patience, pending.join_next()).await.is_err());
    println!("after 20 ms more: {} still pending", pending.len());
    assert_eq!(pending.len(), 1);

    heat.send(()).expect("the roast is waiting");
    let rest = pending.join_all().await;
    println!("all: {rest:?} came, too");
    assert_eq!(rest, ["roast"]);
}
