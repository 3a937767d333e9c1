//! A function times a coroutine, once as a decorator would, and ten times over.
//!
//!     cargo run --example asyncio-timeit
//!
//! Python: timeit(lambda: run(cook("soup")), number=10)
//! Rust:   timeit(10, async || cook("soup").await).await
//!
//! A decorator is a function that takes a future, and times its waiting with its work. Repeating
//! takes an async closure, since a future runs once only.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use std::hint::black_box;
use std::time::{Duration, Instant};

use tokio::time;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (dish, took) = timed("cook", cook("soup")).await;
    assert_eq!(dish, "a bowl of soup");
    assert!(took >= Duration::from_millis(5));

    let total = timeit(10, async || cook("soup").await).await;
    println!("cook took {total:.1?} for ten times");
    assert!(total >= Duration::from_millis(50));
}

async fn cook(dish: &str) -> String {
    time::sleep(Duration::from_millis(5)).await;
    format!("a bowl of {dish}")
}

async fn timed<T>(name: &str, work: impl Future<Output = T>) -> (T, Duration) {
    let start = Instant::now();
    let result = work.await;
    let took = start.elapsed();
    println!("{name} took {took:.1?} for one time");
    (result, took)
}

async fn timeit<T>(number: u32, mut work: impl AsyncFnMut() -> T) -> Duration {
    let start = Instant::now();
    for _ in 0..number {
        black_box(work().await);
    }
    start.elapsed()
}
