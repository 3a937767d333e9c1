//! Cooks prepare a menu all at once, and the dishes come in the order of the menu.
//!
//!     cargo run --example asyncio-gather
//!
//! Python: await gather(cook("soup"), cook("roast"))
//! Rust:   tokio::join!(cook("soup", &ready), cook("roast", &ready))
//!
//! `join!` takes a fixed number of futures, of any types, and may lend them what it owns. For as
//! many as there happen to be, spawn all in one loop and await them in a second.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use tokio::sync::Barrier;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // A dish is served when both are ready: one after another would never end.
    let ready = Barrier::new(2);
    let menu = tokio::join!(cook("soup", &ready), cook("roast", &ready));
    println!("in the order of the menu: {menu:?}");
    assert_eq!(menu, ("hot soup".into(), "hot roast".into()));

    let mut orders = Vec::new();
    for table in 0..100 {
        orders.push(tokio::spawn(async move { table * table }));
    }
    let mut served = Vec::new();
    for order in orders {
        served.push(order.await.unwrap());
    }
    println!("of 100 tasks the last three: {:?}", &served[97..]);
    assert_eq!(served[9], 81);
    assert_eq!(served.len(), 100);
}

async fn cook(dish: &str, ready: &Barrier) -> String {
    ready.wait().await;
    format!("hot {dish}")
}
