//! A producer puts ten orders into a queue of four, a consumer cooks them.
//!
//!     cargo run -p threading --example threading-queue
//!
//! Python: queue.Queue, put, get, task_done, join -> crossbeam_channel::bounded
//! A channel closes when its last sender is dropped, so the consumer needs no sentinel. Each order
//! carries a ticket: to drop it is `task_done`, and `join` ends when no ticket is left.
//! cargo add crossbeam-channel

use std::convert::Infallible;
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};

/// Never sent anything: only its being dropped is news.
type Ticket = Sender<Infallible>;

fn main() {
    let (orders, queue) = bounded(4);
    let (ticket, unfinished) = bounded(0);

    let cook = thread::spawn(|| consume(queue));
    thread::spawn(|| produce(orders, ticket));

    assert!(unfinished.recv().is_err());
    assert_eq!(cook.join().unwrap(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
}

fn produce(orders: Sender<(u32, Ticket)>, ticket: Ticket) {
    for order in 0..10 {
        // Waits while the queue is full. Fails only when nobody is left to cook.
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
