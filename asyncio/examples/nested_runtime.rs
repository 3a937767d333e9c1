//! A function that is not async, but called by the loop, itself calls async code.
//!
//!     cargo run --example asyncio-nested_runtime
//!
//! Python: asyncio.run(price("soup"))
//! Rust:   runtime.block_on(price(dish))
//!
//! Both refuse: Python with a RuntimeError, tokio with a panic. Rather make the function async. If
//! that cannot be, tell the multi-thread runtime that this thread will block.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use std::panic;

use tokio::runtime::{Handle, Runtime};
use tokio::task;

#[tokio::main]
async fn main() {
    // One line, the first sentence, instead of a backtrace: this panic is expected.
    panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or("?");
        println!("panicked: {:?}", message.split(". ").next());
    }));
    let nested = tokio::spawn(async { price_in_a_runtime_of_its_own("soup") });
    assert!(nested.await.is_err_and(|error| error.is_panic()));

    let in_place = tokio::spawn(async { price_in_place("soup") });
    let soup = in_place.await.unwrap();
    println!("in place, on a thread that may block: {soup}");
    assert_eq!(soup, 4);

    // A thread of its own knows no loop, so there the first way is right.
    let elsewhere = task::spawn_blocking(|| price_in_a_runtime_of_its_own("soup"));
    let price_elsewhere = elsewhere.await.unwrap();
    println!("in a runtime, on a thread of its own: {price_elsewhere}");
    assert_eq!(price_elsewhere, 4);

    assert_eq!(price("soup").await, 4);
}

fn price_in_a_runtime_of_its_own(dish: &'static str) -> usize {
    let runtime = Runtime::new().expect("the system has threads left");
    runtime.block_on(price(dish))
}

fn price_in_place(dish: &'static str) -> usize {
    // The other tasks of this thread move to another one first.
    task::block_in_place(|| Handle::current().block_on(price(dish)))
}

async fn price(dish: &str) -> usize {
    task::yield_now().await;
    dish.len()
}
