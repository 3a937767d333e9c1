//! A waiter serves one table, then five waiters serve five tables.
//!
//!     cargo run --example asyncio-tasks
//!
//! Python: create_task(serve("A", 4))
//! Rust:   tokio::spawn(serve("A", 4))
//!
//! Both start the coroutine beside the caller. Python may collect a task that nothing refers to; a
//! tokio task whose handle is dropped runs on, but its result and its panic are lost.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use tokio::task;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let tables = ["A", "B", "C", "D", "E"];

    let waiter = tokio::spawn(serve("A", 4));
    let id = waiter.id();
    let (own, served) = waiter.await.unwrap();
    println!("task {id}: {served}");
    assert_eq!((own, served.as_str()), (id, "A: 4 dishes"));

    // A task may outlive this function, so it can borrow nothing from it that is not static.
    let mut waiters = Vec::new();
    for table in tables {
        waiters.push(tokio::spawn(serve(table, 2)));
    }

    let mut served = Vec::new();
    for waiter in waiters {
        served.push(waiter.await.unwrap().1);
    }
    println!("five waiters: {}", served.join(", "));
    assert_eq!(served.len(), tables.len());
    assert_eq!(served[4], "E: 2 dishes");
}

async fn serve(table: &'static str, dishes: u32) -> (task::Id, String) {
    for _ in 0..dishes {
        // Where a task waits, another one goes on.
        task::yield_now().await;
    }
    (task::id(), format!("{table}: {dishes} dishes"))
}
