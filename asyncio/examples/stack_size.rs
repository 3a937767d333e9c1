//! A task keeps few bytes while it waits, and ten thousand tasks live at once.
//!
//!     cargo run --example asyncio-stack_size
//!
//! Python: sys.getsizeof(cook())
//! Rust:   size_of_val(&reads_before_it_waits())
//!
//! A task has no stack of its own. The compiler puts the values that live across an await, and
//! nothing else, into the future; its size is known before it runs. Compare the 2 MiB of a thread.
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
    let before = size_of_val(&reads_before_it_waits());
    println!("bytes of a future that is done with its page: {before}");
    assert!(before < 64);
    let after = size_of_val(&reads_after_it_waited());
    println!("bytes of one that keeps it across the await: {after}");
    assert!(after >= 4096);

    let (open, door) = watch::channel(false);
    let mut guests = JoinSet::new();
    for _ in 0..GUESTS {
        let mut door = door.clone();
        guests.spawn(async move { door.changed().await.is_ok() });
    }
    println!("tasks alive at once: {}", guests.len());
    open.send_replace(true);
    assert_eq!(guests.join_all().await, vec![true; GUESTS]);
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
