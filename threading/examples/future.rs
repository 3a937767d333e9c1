//! A table orders a soup, and learns of it what Python's Future tells.
//!
//!     cargo run --example threading-future
//!
//! Python: future.result()
//! Rust:   soup.join().unwrap()
//!
//! `join` is both `result` and `exception`: an error is a value, and a panic arrives as `Err`.
//! There is no `cancel` (see `cancel.rs`), and a callback is what the closure does last.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo run

use std::panic;
use std::sync::mpsc;
use std::thread;

fn main() {
    let soup = thread::spawn(|| cook("soup"));
    let dish = soup.join().unwrap();
    println!("result: {dish:?}");
    assert_eq!(dish, Ok("a bowl of soup".into()));

    let nothing = thread::spawn(|| cook("")).join().unwrap();
    println!("exception, as an error: {nothing:?}");
    assert_eq!(nothing, Err("an order without a dish"));

    // No backtrace: this panic is expected.
    panic::set_hook(Box::new(|_| ()));
    let panicked = thread::spawn(|| cook("flambé")).join().unwrap_err();
    drop(panic::take_hook());
    let message: Option<&&str> = panicked.downcast_ref();
    println!("exception, as a panic: {message:?}");
    assert_eq!(message, Some(&"the kitchen is on fire"));

    let (fire, lit) = mpsc::channel();
    let roast = thread::spawn(move || lit.recv().map(|()| cook("roast")));
    println!("done: {}", roast.is_finished());
    assert!(!roast.is_finished());
    fire.send(()).expect("the cook waits for the fire");
    assert!(roast.join().unwrap().is_ok());

    let (ring, rung) = mpsc::channel();
    thread::spawn(move || ring.send(cook("cake")));
    let called = rung.recv().expect("the cook rings");
    println!("callback: {called:?}");
    assert_eq!(called, Ok("a bowl of cake".into()));
}

fn cook(dish: &'static str) -> Result<String, &'static str> {
    match dish {
        "" => Err("an order without a dish"),
        "flambé" => panic!("the kitchen is on fire"),
        dish => Ok(format!("a bowl of {dish}")),
    }
}
