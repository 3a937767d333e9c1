//! Order a soup, and learn of it as Python's Task tells: result, exception, done, cancel, callback.
//!
//!     cargo run -p asyncio --example asyncio-future
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

use tokio::sync::oneshot;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // result
    let soup = tokio::spawn(cook("soup"));
    let dish = soup.await.unwrap();
    println!("result: {dish:?}");
    assert_eq!(dish, Ok("a bowl of soup".into()));

    // exception
    let nothing = tokio::spawn(cook(""));
    assert_eq!(nothing.await.unwrap(), Err("an order without a dish"));
    println!("exception: the next task panics, as it should");
    let panicked = tokio::spawn(cook("flambé")).await.unwrap_err().into_panic();
    assert_eq!(panicked.downcast_ref(), Some(&"the kitchen is on fire"));

    // done, cancel
    let (_fire, lit) = oneshot::channel::<()>();
    let roast = tokio::spawn(lit);
    assert!(!roast.is_finished());
    roast.abort();
    let cancelled = roast.await.unwrap_err();
    println!("cancel: {cancelled}");
    assert!(cancelled.is_cancelled());

    // add_done_callback
    let cake = tokio::spawn(cook("cake"));
    let rung = tokio::spawn(async { cake.await.unwrap() });
    assert_eq!(rung.await.unwrap(), Ok("a bowl of cake".into()));
}

async fn cook(dish: &'static str) -> Result<String, &'static str> {
    match dish {
        "" => Err("an order without a dish"),
        "flambé" => panic!("the kitchen is on fire"),
        dish => Ok(format!("a bowl of {dish}")),
    }
}
