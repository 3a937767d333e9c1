//! One task promises a dish, another keeps the promise.
//!
//!     cargo run -p asyncio --example asyncio-create_future
//!
//! Python: loop.create_future, set_result, set_exception -> tokio::sync::oneshot
//! Python's Future is one object that both sides hold. Here the promise and its keeping are two
//! ends: a result can be set once only, and a promise that is forgotten is an error, not silence.
//! cargo add tokio --features full

use tokio::sync::oneshot::{self, error::RecvError};

type Dish = Result<&'static str, &'static str>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), RecvError> {
    let (promise, dish) = oneshot::channel();
    tokio::spawn(cook(promise));
    assert_eq!(dish.await?, Ok("soup"));

    let (promise, dish) = oneshot::channel::<Dish>();
    promise.send(Err("no onions left")).expect("somebody waits");
    assert_eq!(dish.await?, Err("no onions left"));

    let (promise, dish) = oneshot::channel::<Dish>();
    drop(promise);
    assert!(dish.await.is_err());

    // The other way round, the cook learns that nobody waits any more.
    let (mut promise, dish) = oneshot::channel::<Dish>();
    drop(dish);
    promise.closed().await;
    assert_eq!(promise.send(Ok("soup")), Err(Ok("soup")));
    Ok(())
}

async fn cook(promise: oneshot::Sender<Dish>) {
    promise.send(Ok("soup")).expect("somebody waits");
}
