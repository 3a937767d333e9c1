//! Serve three dishes as they come out of the kitchen, not as they were ordered.
//!
//!     cargo run -p asyncio --example asyncio-as_completed
//!
//! Python: for task in as_completed(tasks): await task
//! Rust:   dishes.join_next().await
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

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (heat, oven) = oneshot::channel();
    let mut heat = Some(heat);

    let mut dishes = JoinSet::new();
    dishes.spawn(async {
        // The roast was ordered first, and waits for the oven.
        oven.await.expect("somebody heats the oven");
        "roast"
    });
    for dish in ["salad", "soup"] {
        dishes.spawn(async move { dish });
    }

    let mut order = Vec::new();
    while let Some(dish) = dishes.join_next().await {
        order.push(dish.unwrap());
        if order.len() == 2
            && let Some(heat) = heat.take()
        {
            heat.send(()).expect("the roast is waiting");
        }
    }
    println!("ordered first: the roast; served in this order: {order:?}");
    assert_eq!(order.len(), 3);
    assert_eq!(order[2], "roast");
}
