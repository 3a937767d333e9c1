//! Order a soup, and learn of it as Python's Task tells: result, exception, done, cancel, callback.
//!
//!     cargo run -p asyncio --example asyncio-future
//!
//! Python: asyncio.Task.result, exception, done, add_done_callback -> tokio::task::JoinHandle
//! To await the handle is both `result` and `exception`: an error is a value, a panic or a
//! cancellation a JoinError. A callback is what a task does that awaits the first.
//! cargo add tokio --features full

use tokio::sync::oneshot;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // result
    let soup = tokio::spawn(cook("soup"));
    assert_eq!(soup.await.unwrap(), Ok("a bowl of soup".into()));

    // exception
    let nothing = tokio::spawn(cook(""));
    assert_eq!(nothing.await.unwrap(), Err("an order without a dish"));
    let panicked = tokio::spawn(cook("flambé")).await.unwrap_err().into_panic();
    assert_eq!(panicked.downcast_ref(), Some(&"the kitchen is on fire"));

    // done, cancel
    let (_fire, lit) = oneshot::channel::<()>();
    let roast = tokio::spawn(lit);
    assert!(!roast.is_finished());
    roast.abort();
    assert!(roast.await.unwrap_err().is_cancelled());

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
