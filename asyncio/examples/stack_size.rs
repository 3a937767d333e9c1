//! What a task keeps while it waits, in bytes, and ten thousand tasks that wait at once.
//!
//!     cargo run -p asyncio --example asyncio-stack_size
//!
//! Python: sys.getsizeof(cook())
//! Rust:   size_of_val(&reads_before_it_waits())
//!
//! A task has no stack of its own. The compiler puts what is alive across an await, and nothing
//! else, into the future; its size is known before it runs. Compare the 2 MiB of a thread.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use std::hint::black_box;
use std::mem::size_of_val;

use tokio::sync::watch;
use tokio::task::{self, JoinSet};

const GUESTS: usize = 10_000;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!(
        "a future that is done with its page: {} bytes",
        size_of_val(&reads_before_it_waits())
    );
    println!(
        "one that keeps it across the await: {} bytes",
        size_of_val(&reads_after_it_waited())
    );
    assert!(size_of_val(&reads_before_it_waits()) < 64);
    assert!(size_of_val(&reads_after_it_waited()) >= 4096);

    let (open, door) = watch::channel(false);
    let mut guests = JoinSet::new();
    for _ in 0..GUESTS {
        let mut door = door.clone();
        guests.spawn(async move { door.changed().await.is_ok() });
    }
    open.send_replace(true);
    assert_eq!(guests.join_all().await, vec![true; GUESTS]);
    println!("{GUESTS} tasks waited at once");
}

async fn reads_before_it_waits() -> u8 {
    let first = {
        let page = black_box([7_u8; 4096]);
        page[0]
    };
    task::yield_now().await;
    first
}

async fn reads_after_it_waited() -> u8 {
    let page = black_box([7_u8; 4096]);
    task::yield_now().await;
    page[0]
}
