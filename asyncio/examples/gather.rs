//! Cook a menu all at once, and lay the dishes out in the order of the menu.
//!
//!     cargo run -p asyncio --example asyncio-gather
//!
//! Python: await gather(cook("soup"), cook("roast"))
//! Rust:   tokio::join!(
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
    // Nobody serves before all three are ready: one after another would never end.
    let ready = Barrier::new(3);
    let menu = tokio::join!(
        cook("soup", &ready),
        cook("roast", &ready),
        cook("cake", &ready)
    );
    println!("in the order of the menu: {menu:?}");
    assert_eq!(
        menu,
        ("hot soup".into(), "hot roast".into(), "hot cake".into())
    );

    let mut orders = Vec::new();
    for table in 0..100 {
        orders.push(tokio::spawn(async move { table * table }));
    }
    let mut served = Vec::new();
    for order in orders {
        served.push(order.await.unwrap());
    }
    println!("{} tasks; the 9th gave {}", served.len(), served[9]);
    assert_eq!(served[9], 81);
    assert_eq!(served.len(), 100);
}

async fn cook(dish: &str, ready: &Barrier) -> String {
    ready.wait().await;
    format!("hot {dish}")
}
