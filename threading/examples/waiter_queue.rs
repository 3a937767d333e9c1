//! Five tables give their orders to one waiter, who takes them from a queue.
//!
//!     cargo run --example threading-waiter_queue
//!
//! Python: queue.put(table); table = queue.get()
//! Rust:   for table in queue {
//!
//! A lock would do (`src/workloads/waiter.rs`). A queue needs none: the waiter is a thread of its
//! own, takes one order at a time, and goes home when the last table has dropped its end.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add crossbeam-channel
//!     cargo run

use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};

fn main() {
    let start = Instant::now();
    let (orders, queue) = unbounded();
    let waiter = thread::spawn(|| take_orders(queue));

    for table in 'A'..='E' {
        let orders = orders.clone();
        thread::spawn(move || order(table, orders));
    }
    drop(orders);

    let mut served = waiter.join().unwrap();
    let took = start.elapsed();
    served.sort();
    println!("one waiter served, in any order, {served:?}");
    println!("5 tables thought at once, then took 10 ms each: {took:.0?}");
    assert_eq!(served, ['A', 'B', 'C', 'D', 'E']);
    assert!(took >= Duration::from_millis(40 + 5 * 10));
}

fn order(table: char, orders: Sender<char>) {
    thread::sleep(Duration::from_millis(40));
    orders.send(table).expect("the waiter is there");
}

fn take_orders(queue: Receiver<char>) -> Vec<char> {
    let mut served = Vec::new();
    for table in queue {
        thread::sleep(Duration::from_millis(10));
        served.push(table);
    }
    served
}
