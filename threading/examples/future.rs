//! Order a soup, and learn of it as Python's Future tells: result, exception, done, callback.
//!
//!     cargo run -p threading --example threading-future
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

use std::sync::mpsc;
use std::thread;

fn main() {
    // result
    let soup = thread::spawn(|| cook("soup"));
    let dish = soup.join().unwrap();
    println!("result: {dish:?}");
    assert_eq!(dish, Ok("a bowl of soup".into()));

    // exception
    let nothing = thread::spawn(|| cook(""));
    assert_eq!(nothing.join().unwrap(), Err("an order without a dish"));
    println!("exception: the next thread panics, as it should");
    let panicked = thread::spawn(|| cook("flambé")).join().unwrap_err();
    assert_eq!(panicked.downcast_ref(), Some(&"the kitchen is on fire"));

    // done
    let (fire, lit) = mpsc::channel();
    let roast = thread::spawn(move || lit.recv().map(|()| cook("roast")));
    println!("done: {}", roast.is_finished());
    assert!(!roast.is_finished());
    fire.send(()).expect("the cook waits for the fire");
    assert!(roast.join().unwrap().is_ok());

    // add_done_callback
    let (ring, rung) = mpsc::channel();
    thread::spawn(move || {
        let dish = cook("cake");
        ring.send(dish)
    });
    assert_eq!(rung.recv(), Ok(Ok("a bowl of cake".into())));
}

fn cook(dish: &'static str) -> Result<String, &'static str> {
    match dish {
        "" => Err("an order without a dish"),
        "flambé" => panic!("the kitchen is on fire"),
        dish => Ok(format!("a bowl of {dish}")),
    }
}
