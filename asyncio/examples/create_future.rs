//! One task promises a dish, another keeps the promise.
//!
//!     cargo run --example asyncio-create_future
//!
//! Python: future.set_result("soup")
//! Rust:   promise.send(Ok("soup"))
//!
//! Python's Future is one object that both sides hold. Here the promise and its keeping are two
//! ends: a result can be set once only, and a promise that is forgotten is an error, not silence.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use tokio::sync::oneshot::{self, error::RecvError};

type Dish = Result<&'static str, &'static str>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), RecvError> {
    let (promise, dish) = oneshot::channel();
    tokio::spawn(cook(promise));
    let kept = dish.await?;
    println!("a promise kept: {kept:?}");
    assert_eq!(kept, Ok("soup"));

    let (promise, dish) = oneshot::channel::<Dish>();
    promise.send(Err("no onions left")).expect("main waits");
    let failed = dish.await?;
    println!("an exception set: {failed:?}");
    assert_eq!(failed, Err("no onions left"));

    let (promise, dish) = oneshot::channel::<Dish>();
    drop(promise);
    let forgotten = dish.await;
    println!("a promise forgotten: {forgotten:?}");
    assert!(forgotten.is_err());

    // The other way round, the cook learns that the guest has gone.
    let (mut promise, dish) = oneshot::channel::<Dish>();
    drop(dish);
    promise.closed().await;
    assert_eq!(promise.send(Ok("soup")), Err(Ok("soup")));
    Ok(())
}

async fn cook(promise: oneshot::Sender<Dish>) {
    promise.send(Ok("soup")).expect("main waits");
}
