//! Cooks prepare three dishes at once; one burns, and the others are cancelled.
//!
//!     cargo run --example asyncio-task_group
//!
//! Python: async with TaskGroup() as dishes:
//! Rust:   let mut dishes = JoinSet::new();
//!
//! Python's group waits for its tasks at the end of its block, and cancels the rest at the first
//! exception. A set yields each result as it comes and, dropped, cancels the rest: `?` does both.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use std::future::pending;

use tokio::task::JoinSet;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let menu = cook(["soup", "roast", "cake"]).await;
    println!("ready of soup, roast and cake: {menu:?}");
    assert_eq!(menu, Ok(3));

    // The roast takes for ever, and is waited for no longer.
    let menu = cook(["soup", "slow roast", "burnt cake"]).await;
    println!("of soup, slow roast and burnt cake: {menu:?}");
    assert_eq!(menu, Err("burnt cake"));
}

async fn cook(menu: [&'static str; 3]) -> Result<usize, &'static str> {
    let mut dishes = JoinSet::new();
    for dish in menu {
        dishes.spawn(prepare(dish));
    }
    let mut ready = 0;
    while let Some(dish) = dishes.join_next().await {
        dish.unwrap()?;
        ready += 1;
    }
    Ok(ready)
}

async fn prepare(dish: &'static str) -> Result<(), &'static str> {
    match dish.split_once(' ') {
        Some(("slow", _)) => pending().await,
        Some(("burnt", _)) => Err(dish),
        _ => Ok(()),
    }
}
