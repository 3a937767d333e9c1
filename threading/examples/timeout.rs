//! A guest waits twenty milliseconds for a roast, then goes on without it.
//!
//!     cargo run --example threading-timeout
//!
//! Python: future.result(timeout=0.02)
//! Rust:   served.recv_timeout(patience)
//!
//! Only the waiting ends. A thread cannot be stopped from outside, in Rust as in Python: the roast
//! goes on, and its result can still be fetched.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo run

use std::sync::mpsc::{self, RecvTimeoutError::Timeout};
use std::thread;
use std::time::Duration;

fn main() {
    let patience = Duration::from_millis(20);
    let (heat, oven) = mpsc::channel();
    let (serve, served) = mpsc::channel();

    let cook = thread::spawn(move || {
        oven.recv().expect("main heats the oven");
        serve.send("roast")
    });
    let roast = served.recv_timeout(patience);
    println!("after {patience:?}: {roast:?}");
    println!("has the cook finished? {}", cook.is_finished());
    assert_eq!(roast, Err(Timeout));
    assert!(!cook.is_finished());

    heat.send(()).expect("the cook is still waiting");
    let roast = served.recv();
    println!("later: {roast:?}");
    assert_eq!(roast, Ok("roast"));
    assert_eq!(cook.join().unwrap(), Ok(()));
}
