//! A producer puts ten orders into a queue of four, a consumer cooks them.
//!
//!     cargo run --example asyncio-queue
//!
//! Python: await queue.put(order); await queue.join()
//! Rust:   orders.send((order, ticket.clone())).await
//!
//! A channel closes when its last sender is dropped, so the consumer needs no sentinel. Each order
//! carries a ticket: to drop it is `task_done`, and `join` ends when no ticket is left.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use std::convert::Infallible;

use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task;

/// Carries no message: only its being dropped is news.
type Ticket = Sender<Infallible>;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (orders, queue) = mpsc::channel(4);
    let (ticket, mut unfinished) = mpsc::channel(1);

    let table = tokio::spawn(produce(orders, ticket));
    while queue.len() < queue.max_capacity() {
        task::yield_now().await;
    }
    let all_put = table.is_finished();
    println!("orders in the queue: {}, all put: {all_put}", queue.len());
    assert!(!all_put);

    let cook = tokio::spawn(consume(queue));
    assert!(unfinished.recv().await.is_none());
    let cooked = cook.await.unwrap();
    println!("every order is done: {cooked:?}");
    assert_eq!(cooked, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
}

async fn produce(orders: Sender<(u32, Ticket)>, ticket: Ticket) {
    for order in 0..10 {
        // Waits while the queue is full. Fails only when the consumer is gone.
        let put = orders.send((order, ticket.clone())).await;
        put.expect("the kitchen is open");
    }
}

async fn consume(mut queue: Receiver<(u32, Ticket)>) -> Vec<u32> {
    let mut cooked = Vec::new();
    while let Some((order, ticket)) = queue.recv().await {
        cooked.push(order);
        drop(ticket);
    }
    cooked
}
