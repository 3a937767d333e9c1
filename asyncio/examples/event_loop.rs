//! The program makes an event loop by hand: it runs it to a result, until stopped, and closes it.
//!
//!     cargo run --example asyncio-event_loop
//!
//! Python: loop.run_until_complete(cook())
//! Rust:   event_loop.block_on(async { "soup" })
//!
//! The loop is a value, and `#[tokio::main]` only makes one. It runs for as long as `block_on`
//! waits, and stops where that future ends: `run_forever` is to wait for the signal to stop.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use std::io;
use std::sync::Arc;

use tokio::runtime::Builder;
use tokio::sync::{Notify, mpsc};

fn main() -> io::Result<()> {
    let event_loop = Builder::new_current_thread().enable_all().build()?;

    let dish = event_loop.block_on(async { "soup" });
    println!("run to a result: {dish}");
    assert_eq!(dish, "soup");

    // Events go into a queue, a task is their callback; the loop calls it when there is one.
    let stop = Arc::new(Notify::new());
    let (rings, mut bell) = mpsc::unbounded_channel();
    let stop_here = Arc::clone(&stop);
    let callback = event_loop.spawn(async move {
        let mut orders = Vec::new();
        while let Some(order) = bell.recv().await {
            orders.push(order);
        }
        stop_here.notify_one();
        orders
    });
    rings.send("salad").expect("the callback listens");
    rings.send("roast").expect("the callback listens");
    drop(rings);
    assert!(!callback.is_finished());

    event_loop.block_on(stop.notified());
    let orders = event_loop.block_on(callback).unwrap();
    println!("run until stopped, after {orders:?}");
    assert_eq!(orders, ["salad", "roast"]);

    // Closing drops every task that has not ended, wherever it waits.
    let never = event_loop.spawn(std::future::pending::<()>());
    drop(event_loop);
    let ended = never.is_finished();
    println!("closed; the task that would wait for ever has ended: {ended}");
    assert!(ended);
    Ok(())
}
