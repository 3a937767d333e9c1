//! Wait twenty milliseconds for a roast, then serve without it.
//!
//!     cargo run -p threading --example threading-timeout
//!
//! Python: concurrent.futures.Future.result(timeout) -> std::sync::mpsc::Receiver::recv_timeout
//! Only the waiting ends. A thread cannot be stopped from outside, in Rust as in Python: the roast
//! goes on, and its result can still be fetched.

use std::sync::mpsc::{self, RecvTimeoutError::Timeout};
use std::thread;
use std::time::Duration;

fn main() {
    let patience = Duration::from_millis(20);
    let (heat, oven) = mpsc::channel();
    let (serve, served) = mpsc::channel();

    let cook = thread::spawn(move || {
        oven.recv().expect("somebody heats the oven");
        serve.send("roast")
    });
    assert_eq!(served.recv_timeout(patience), Err(Timeout));
    assert!(!cook.is_finished());

    heat.send(()).expect("the cook is still waiting");
    assert_eq!(served.recv(), Ok("roast"));
    assert_eq!(cook.join().unwrap(), Ok(()));
}
