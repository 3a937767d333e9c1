//! Three things of different types through a queue between processes.
//!
//!     cargo run -p multiprocessing --example multiprocessing-queue
//!
//! Python: queue.put(42); queue.get()
//! Rust:   orders.put(order)
//!
//! A queue has one type of items, so what may be in it is an enum. It ends when its last producer is
//! gone: no sentinel. When it is full, `put` waits, as with Python's maxsize.
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
    for order in [
        Order::Table(42),
        Order::Nothing,
        Order::Dish("hello".to_owned()),
    ] {
        orders.put(order).expect("somebody takes orders");
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
    assert_eq!(
        taken,
        [
            Order::Table(42),
            Order::Nothing,
            Order::Dish("hello".to_owned())
        ]
    );
    assert_eq!(table.join()?, 0);
    Ok(())
}
