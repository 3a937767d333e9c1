//! The loop hands a call that blocks to a thread, and goes on serving meanwhile.
//!
//!     cargo run --example asyncio-offload
//!
//! Python: await asyncio.to_thread(wait_for_guests, bell)
//! Rust:   task::spawn_blocking(|| wait_for_guests(rings))
//!
//! The loop hands the closure to a pool of up to 512 threads and awaits its end. Once begun it
//! cannot be cancelled, in either language. For long computations a pool as wide as the processors
//! is better.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use std::thread::{self, ThreadId};

use tokio::sync::mpsc::{self, Receiver};
use tokio::task;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let here = thread::current().id();
    let (bell, rings) = mpsc::channel(1);

    let porter = task::spawn_blocking(|| wait_for_guests(rings));
    for guest in 1..=3 {
        bell.send(guest).await.expect("the porter listens");
    }

    let (there, rung) = porter.await.unwrap();
    println!("the loop runs on {here:?}, the porter waited on {there:?}");
    println!("guests who rang meanwhile: {rung:?}");
    assert_eq!(rung, [1, 2, 3]);
    assert_ne!(there, here);
}

/// Blocks until three guests have rung, and they can ring only if the loop goes on.
fn wait_for_guests(mut rings: Receiver<u32>) -> (ThreadId, Vec<u32>) {
    let rung = (0..3).filter_map(|_| rings.blocking_recv()).collect();
    (thread::current().id(), rung)
}
