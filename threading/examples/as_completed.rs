//! Serve three dishes as they come out of the kitchen, not as they were ordered.
//!
//!     cargo run -p threading --example threading-as_completed
//!
//! Python: for future in as_completed(futures):
//! Rust:   for dish in dishes {
//!
//! All threads send into one channel, and its order is the order of completion. What is sent must
//! say which dish it is: there is no future to look up.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo run

use std::sync::mpsc;
use std::thread;

fn main() {
    let (served, dishes) = mpsc::channel();
    let (heat, oven) = mpsc::channel();

    let roast_served = served.clone();
    thread::spawn(move || {
        // The roast was ordered first, and waits for the oven.
        oven.recv().expect("somebody heats the oven");
        roast_served.send("roast")
    });
    for dish in ["salad", "soup"] {
        let served = served.clone();
        thread::spawn(move || served.send(dish));
    }
    // Else the loop below would wait for a dish from `main`.
    drop(served);

    let mut order = Vec::new();
    for dish in dishes {
        order.push(dish);
        if order.len() == 2 {
            heat.send(()).expect("the roast is waiting");
        }
    }
    println!("ordered first: the roast; served in this order: {order:?}");
    assert_eq!(order.len(), 3);
    assert_eq!(order[2], "roast");
}
