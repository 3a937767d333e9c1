//! A table waits until two cooks have finished all that it ordered.
//!
//!     cargo run --example multiprocessing-joinable_queue
//!
//! Python: orders.join()
//! Rust:   while finished.recv().is_ok() {}
//!
//! Each order carries a ticket, one end of a pipe. To drop it is `task_done`: the other end closes
//! with the last ticket. A cook that dies drops its ticket, too; Python's `join` then has no end.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add multiprocessing-pool --path ../story/multiprocessing/library
//!     cargo run

use multiprocessing::{Consumer, Pipe, Process, Queue, Value, tasks};

type Ticket = Pipe<()>;

fn cook(orders: Consumer<(u64, Ticket)>, dishes: Value<u64>) {
    for order in orders {
        let (count, ticket) = order.expect("an order and its ticket");
        dishes.update(|dishes| dishes + count);
        drop(ticket);
    }
}

fn main() -> multiprocessing::Result<()> {
    multiprocessing::init(tasks![cook]);

    let (orders, taken) = Queue::<(u64, Ticket)>::new()?.split();
    let dishes = Value::<u64>::new(0)?;
    let first = Process::spawn(cook, (taken.clone(), dishes.clone()))?;
    let second = Process::spawn(cook, (taken, dishes.clone()))?;

    let (finished, ticket) = Ticket::new()?;
    for count in 1..=10 {
        orders.put((count, ticket.clone()))?;
    }
    drop(ticket);
    while finished.recv().is_ok() {}
    println!("all 10 orders are finished: {} dishes", dishes.get());
    assert_eq!(dishes.get(), 55);

    // The cooks still listen, until the queue has no producer.
    assert!(first.is_alive()? && second.is_alive()?);
    drop(orders);
    let (first, second) = (first.join()?, second.join()?);
    println!("the queue closes, and each cook ends: {first}");
    assert_eq!(first, second);
    assert!(first.success());
    Ok(())
}
