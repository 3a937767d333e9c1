//! A producer puts ten orders into a queue of four, a consumer cooks them.
//!
//!     cargo run --example threading-queue
//!
//! Python: queue.put(order); queue.join()
//! Rust:   orders.send((order, ticket.clone()))
//!
//! A channel closes when its last sender is dropped, so the consumer needs no sentinel. Each order
//! carries a ticket: to drop it is `task_done`, and `join` ends when no ticket is left.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add crossbeam-channel
//!     cargo run

use std::convert::Infallible;
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};

/// Carries no message: only its being dropped is news.
type Ticket = Sender<Infallible>;

fn main() {
    let (orders, queue) = bounded(4);
    let (ticket, unfinished) = bounded(0);

    let table = thread::spawn(|| produce(orders, ticket));
    while !queue.is_full() {
        thread::yield_now();
    }
    let all_put = table.is_finished();
    println!("orders in the queue: {}, all put: {all_put}", queue.len());
    assert!(!all_put);

    let cook = thread::spawn(|| consume(queue));
    assert!(unfinished.recv().is_err());
    let cooked = cook.join().unwrap();
    println!("every order is done: {cooked:?}");
    assert_eq!(cooked, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
}

fn produce(orders: Sender<(u32, Ticket)>, ticket: Ticket) {
    for order in 0..10 {
        // Waits while the queue is full. Fails only when the consumer is gone.
        let put = orders.send((order, ticket.clone()));
        put.expect("the kitchen is open");
    }
}

fn consume(queue: Receiver<(u32, Ticket)>) -> Vec<u32> {
    let mut cooked = Vec::new();
    for (order, ticket) in queue {
        cooked.push(order);
        drop(ticket);
    }
    cooked
}
