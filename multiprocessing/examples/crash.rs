//! A worker dies while it runs a task, and that task alone is lost.
//!
//!     cargo run --example multiprocessing-crash
//!
//! Python: except BrokenProcessPool:
//! Rust:   Err(Error::Died { exitcode, .. }) => {
//!
//! With `retries` the pool starts a lost task again, so such a task must be safe to run twice; by
//! default a task runs at most once.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add multiprocessing-pool --path ../story/multiprocessing/library
//!     cargo run

use std::process::abort;

use multiprocessing::{Error, Pool, Value, tasks};

fn cook(order: u32) -> u32 {
    if order == 5 {
        abort();
    }
    order
}

fn cook_better(order: u32, accidents: Value<u32>) -> u32 {
    if order == 5 && accidents.update(|accidents| accidents + 1) == 1 {
        abort();
    }
    order
}

fn main() -> multiprocessing::Result<()> {
    multiprocessing::init(tasks![cook, cook_better]);

    let pool = Pool::builder().workers(2).build()?;
    let mut done = Vec::new();
    for (order, cooked) in (0..10).zip(pool.imap(cook, 0..10)?) {
        match cooked {
            Ok(cooked) => done.push(cooked),
            Err(Error::Died { exitcode, .. }) => {
                println!("order {order}: the worker died, {exitcode}");
                assert!(order == 5 && exitcode == -6);
            }
            Err(error) => return Err(error),
        }
    }
    println!("the others: {done:?}; workers: {}", pool.pids().len());
    assert_eq!(done, [0, 1, 2, 3, 4, 6, 7, 8, 9]);
    assert_eq!(pool.pids().len(), 2);

    let pool = Pool::builder().workers(2).retries(1).build()?;
    let accidents = Value::<u32>::new(0)?;
    let orders = (0..10).map(|order| (order, accidents.clone()));
    let cooked = pool.map(cook_better, orders)?;
    println!("with one retry: {cooked:?}");
    assert_eq!(cooked, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    Ok(())
}
