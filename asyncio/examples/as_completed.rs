//! A kitchen serves three dishes as they are done, not as they were ordered.
//!
//!     cargo run --example asyncio-as_completed
//!
//! Python: for task in as_completed(tasks): await task
//! Rust:   while let Some(dish) = dishes.join_next().await {
//!
//! A set of tasks gives back each as it ends. It also cancels those that are left when it is
//! dropped, which Python leaves to the programmer (or to a TaskGroup).
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use tokio::sync::oneshot;
use tokio::task::JoinSet;

const ORDERED: [&str; 3] = ["roast", "soup", "salad"];

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut dishes = JoinSet::new();
    let mut fires = Vec::new();
    for dish in ORDERED {
        let (fire, lit) = oneshot::channel();
        dishes.spawn(async move {
            lit.await.expect("main lights the fire");
            dish
        });
        fires.push(fire);
    }

    // The dish that was ordered last is done first.
    let mut light_next = || fires.pop().map(|fire| fire.send(()));
    light_next();
    let mut served = Vec::new();
    while let Some(dish) = dishes.join_next().await {
        served.push(dish.unwrap());
        light_next();
    }
    println!("ordered: {ORDERED:?}");
    println!("served:  {served:?}");
    assert_eq!(served, ["salad", "soup", "roast"]);
}
