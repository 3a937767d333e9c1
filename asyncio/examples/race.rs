//! Two waiters count guests with x = x + 1, and lose one only if they look away.
//!
//!     cargo run --example asyncio-race
//!
//! Python: guests = guests + await one()
//! Rust:   guests.set(counted + 1);
//!
//! On one thread a switch comes at an await and nowhere else: code between two awaits is not
//! interrupted and needs no lock. "Async needs no locks" ends at the first await between read and
//! write.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use std::cell::Cell;

use tokio::task;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let guests = Cell::new(0);
    tokio::join!(count_and_look_away(&guests), count_and_look_away(&guests));
    let counted = guests.replace(0);
    println!("an await between load and store: two came, {counted} counted");
    assert_eq!(counted, 1);

    tokio::join!(count(&guests), count(&guests));
    let counted = guests.get();
    println!("none between: two came, {counted} counted");
    assert_eq!(counted, 2);

    // A spawned task may run on any thread, and rustc refuses to let it have the Cell:
    //     tokio::spawn(count(&guests));
    // error: future cannot be sent between threads safely
}

async fn count_and_look_away(guests: &Cell<u32>) {
    let counted = guests.get();
    task::yield_now().await;
    guests.set(counted + 1);
}

async fn count(guests: &Cell<u32>) {
    task::yield_now().await;
    guests.set(guests.get() + 1);
}
