//! Three dishes are on their way: wait for one, then for no longer than guests will, then for all.
//!
//!     cargo run -p threading --example threading-wait
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
use std::thread;
use std::time::Duration;

fn main() {
    let (serve, served) = mpsc::channel();
    let (heat, oven) = mpsc::channel();

    let mut pending = Vec::new();
    for dish in ["salad", "cheese"] {
        let serve = serve.clone();
        pending.push(thread::spawn(move || serve.send(dish)));
    }
    pending.push(thread::spawn(move || {
        oven.recv().expect("somebody heats the oven");
        serve.send("roast")
    }));

    let first = served.recv().expect("one left");
    let second = served.recv().expect("one left");
    println!("first {first}, then {second}");
    assert!(["salad", "cheese"].contains(&first) && first != second);

    let patience = Duration::from_millis(20);
    assert_eq!(served.recv_timeout(patience), Err(Timeout));
    assert!(!pending[2].is_finished());

    println!("after 20 ms more the roast is still in the oven");
    heat.send(()).expect("the roast is waiting");
    for dish in pending {
        assert_eq!(dish.join().unwrap(), Ok(()));
    }
    let rest: Vec<_> = served.iter().collect();
    println!("all: {rest:?} came, too");
    assert_eq!(rest, ["roast"]);
}
