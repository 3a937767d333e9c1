//! Send what blocks to a thread, and go on serving meanwhile.
//!
//!     cargo run -p asyncio --example asyncio-offload
//!
//! Python: await asyncio.to_thread(wait_for_guests)
//! Rust:   task::spawn_blocking(move ||
//!
//! The loop hands the closure to a pool of up to 512 threads and awaits its end. Once begun it
//! cannot be cancelled, in either language. For long computations a pool as wide as the processors
//! is better.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use std::thread;

use tokio::sync::mpsc;
use tokio::task;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let here = thread::current().id();
    let (bell, mut rings) = mpsc::channel(1);

    // It blocks until three guests have rung, and they can ring only if the loop goes on.
    let porter = task::spawn_blocking(move || {
        let rung: Vec<u32> = (0..3).filter_map(|_| rings.blocking_recv()).collect();
        (thread::current().id(), rung)
    });
    for guest in 1..=3 {
        bell.send(guest).await.expect("the porter listens");
    }

    let (there, rung) = porter.await.unwrap();
    println!("the loop runs on {here:?}, the porter waited on {there:?}");
    println!("guests who rang meanwhile: {rung:?}");
    assert_eq!(rung, [1, 2, 3]);
    assert_ne!(there, here);
}
