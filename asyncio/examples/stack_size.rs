//! What a task keeps while it waits, in bytes, and ten thousand tasks that wait at once.
//!
//!     cargo run -p asyncio --example asyncio-stack_size
//!
//! Python: sys.getsizeof(coroutine) -> std::mem::size_of_val(&future)
//! A task has no stack of its own. The compiler puts what is alive across an await, and nothing
//! else, into the future; its size is known before it runs. Compare the 2 MiB of a thread.
//! cargo add tokio --features full

use std::hint::black_box;
use std::mem::size_of_val;

use tokio::sync::watch;
use tokio::task::{self, JoinSet};

const GUESTS: usize = 10_000;

#[tokio::main(flavor = "current_thread")]
async fn main() {
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
