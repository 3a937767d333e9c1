//! A kitchen serves three dishes as they are done, not as they were ordered.
//!
//!     cargo run --example threading-as_completed
//!
//! Python: for future in as_completed(futures):
//! Rust:   for dish in dishes {
//!
//! All threads send into one channel, and its order is the order of completion. A message must say
//! which dish it is: there is no future to look up.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo run

use std::sync::mpsc;
use std::thread;

const ORDERED: [&str; 3] = ["roast", "soup", "salad"];

fn main() {
    let (serve, dishes) = mpsc::channel();
    let mut fires = Vec::new();
    for dish in ORDERED {
        let (fire, lit) = mpsc::channel();
        let serve = serve.clone();
        thread::spawn(move || {
            lit.recv().expect("main lights the fire");
            serve.send(dish)
        });
        fires.push(fire);
    }
    // Else the loop below would wait for a dish from `main`.
    drop(serve);

    // The dish that was ordered last is done first.
    let mut light_next = || fires.pop().map(|fire| fire.send(()));
    light_next();
    let mut served = Vec::new();
    for dish in dishes {
        served.push(dish);
        light_next();
    }
    println!("ordered: {ORDERED:?}");
    println!("served:  {served:?}");
    assert_eq!(served, ["salad", "soup", "roast"]);
}
