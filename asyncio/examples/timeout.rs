//! A guest waits twenty milliseconds for a roast, then goes on without it.
//!
//!     cargo run --example asyncio-timeout
//!
//! Python: await wait_for(roast(), timeout=0.02)
//! Rust:   time::timeout(patience, roast(oven)).await
//!
//! A timeout drops the future, whose work ends at the await where it stands. Where the future
//! awaits a task, only the waiting ends, as with Python's shield: the task goes on, and its result
//! can still be fetched.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let patience = Duration::from_millis(20);
    let (heat, oven) = oneshot::channel();
    let dish = time::timeout(patience, roast(oven)).await;
    println!("a future, after {patience:?}: {dish:?}");
    println!("has it let go of the oven? {}", heat.is_closed());
    assert!(dish.is_err() && heat.is_closed());

    let (heat, oven) = oneshot::channel();
    let mut cook = tokio::spawn(roast(oven));
    let dish = time::timeout(patience, &mut cook).await;
    println!("a task, after {patience:?}: {dish:?}");
    assert!(dish.is_err() && !cook.is_finished());

    heat.send(()).expect("the cook is still waiting");
    let dish = cook.await.unwrap();
    println!("the task goes on, and later: {dish:?}");
    assert_eq!(dish, "roast");
}

async fn roast(oven: oneshot::Receiver<()>) -> &'static str {
    oven.await.expect("main heats the oven");
    "roast"
}
