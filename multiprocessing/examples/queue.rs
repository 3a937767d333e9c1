//! A process puts three things of different types into a queue, another takes them.
//!
//!     cargo run --example multiprocessing-queue
//!
//! Python: queue.put(42); queue.get()
//! Rust:   orders.put(order)
//!
//! A queue has one type of items, so items of different types make an enum. It ends when its last
//! producer is gone: no sentinel. When it is full, `put` waits, as with Python's maxsize.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add multiprocessing-pool --path ../story/multiprocessing/library
//!     cargo add serde --features derive
//!     cargo run

use multiprocessing::{Process, Producer, Queue, tasks};
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Order {
    Table(u32),
    Nothing,
    Dish(String),
}

fn produce(orders: Producer<Order>) {
    let dish = Order::Dish("hello".to_owned());
    for order in [Order::Table(42), Order::Nothing, dish] {
        orders.put(order).expect("main takes orders");
    }
}

fn main() -> multiprocessing::Result<()> {
    multiprocessing::init(tasks![produce]);

    let (orders, queue) = Queue::new()?.split();
    let table = Process::spawn(produce, orders)?;

    let mut taken = Vec::new();
    for order in queue {
        taken.push(order?);
    }
    println!("taken from the queue: {taken:?}");
    let dish = Order::Dish("hello".to_owned());
    assert_eq!(taken, [Order::Table(42), Order::Nothing, dish]);

    // The loop has ended, because the only producer has.
    let exitcode = table.join()?;
    println!("its producer: {exitcode}");
    assert_eq!(exitcode, 0);
    Ok(())
}
