//! A table orders a soup, and learns of it what Python's Task tells.
//!
//!     cargo run --example asyncio-future
//!
//! Python: await task
//! Rust:   soup.await.unwrap()
//!
//! To await the handle is both `result` and `exception`: an error is a value, a panic or a
//! cancellation a JoinError. A callback is what a task does that awaits the first.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use std::panic;

use tokio::sync::oneshot;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let soup = tokio::spawn(cook("soup"));
    let dish = soup.await.unwrap();
    println!("result: {dish:?}");
    assert_eq!(dish, Ok("a bowl of soup".into()));

    let nothing = tokio::spawn(cook("")).await.unwrap();
    println!("exception, as an error: {nothing:?}");
    assert_eq!(nothing, Err("an order without a dish"));

    // No backtrace: this panic is expected.
    panic::set_hook(Box::new(|_| ()));
    let panicked = tokio::spawn(cook("flambé")).await.unwrap_err().into_panic();
    drop(panic::take_hook());
    let message: Option<&&str> = panicked.downcast_ref();
    println!("exception, as a panic: {message:?}");
    assert_eq!(message, Some(&"the kitchen is on fire"));

    let (_fire, lit) = oneshot::channel::<()>();
    let roast = tokio::spawn(lit);
    assert!(!roast.is_finished());
    roast.abort();
    let cancelled = roast.await.unwrap_err().is_cancelled();
    println!("cancelled: {cancelled}");
    assert!(cancelled);

    let cake = tokio::spawn(cook("cake"));
    let callback = tokio::spawn(async { cake.await.unwrap() });
    let called = callback.await.unwrap();
    println!("callback: {called:?}");
    assert_eq!(called, Ok("a bowl of cake".into()));
}

async fn cook(dish: &'static str) -> Result<String, &'static str> {
    match dish {
        "" => Err("an order without a dish"),
        "flambé" => panic!("the kitchen is on fire"),
        dish => Ok(format!("a bowl of {dish}")),
    }
}
