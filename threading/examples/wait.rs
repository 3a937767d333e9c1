//! A waiter waits for one of three dishes, then until the guests lose patience, then for all.
//!
//!     cargo run --example threading-wait
//!
//! Python: wait(futures, timeout=0.02)
//! Rust:   served.recv_timeout(patience)
//!
//! std cannot wait for one of several threads, only for a channel into which they all send. Python
//! gives back two sets, done and pending; here the handles tell them apart.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo run

use std::sync::mpsc::{self, RecvTimeoutError::Timeout};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

fn main() {
    let (serve, served) = mpsc::channel();
    let oven = Arc::new(Barrier::new(3));

    let salad = serve.clone();
    let mut dishes = vec![thread::spawn(move || salad.send("salad"))];
    for dish in ["cake", "roast"] {
        let (serve, oven) = (serve.clone(), Arc::clone(&oven));
        dishes.push(thread::spawn(move || {
            oven.wait();
            serve.send(dish)
        }));
    }
    drop(serve);

    let first = served.recv().expect("one left");
    println!("the first of three: {first}");
    assert_eq!(first, "salad");

    let patience = Duration::from_millis(20);
    let second = served.recv_timeout(patience);
    println!("after {patience:?} more: {second:?}");
    assert_eq!(second, Err(Timeout));
    let slow = dishes[1..].iter();
    let pending = slow.filter(|dish| !dish.is_finished()).count();
    println!("still pending: {pending}");
    assert_eq!(pending, 2);

    oven.wait();
    for dish in dishes {
        assert_eq!(dish.join().unwrap(), Ok(()));
    }
    let mut rest: Vec<_> = served.iter().collect();
    rest.sort();
    println!("then all, in any order: {rest:?}");
    assert_eq!(rest, ["cake", "roast"]);
}
