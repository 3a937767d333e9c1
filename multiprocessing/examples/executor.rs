//! A table hands in orders one by one, and collects each as it is done.
//!
//!     cargo run --example multiprocessing-executor
//!
//! Python: executor.submit(cook, dish)
//! Rust:   pool.apply_async(cook, dish.to_owned())
//!
//! One pool does the work of Python's Pool and of its executor. A task that dies fails alone;
//! Python's executor then drops all tasks that wait.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add multiprocessing-pool --path ../story/multiprocessing/library
//!     cargo run

use std::panic;
use std::sync::mpsc;

use multiprocessing::{Error, Pool, ReturnWhen, as_completed, tasks, wait};

fn cook(dish: String) -> String {
    assert!(dish != "cake", "the oven is cold");
    format!("a plate of {dish}")
}

fn main() -> multiprocessing::Result<()> {
    // No backtraces of workers, which do not leave `init`: a panic is an error of its result.
    panic::set_hook(Box::new(|_| ()));
    multiprocessing::init(tasks![cook]);
    drop(panic::take_hook());

    let pool = Pool::builder().workers(2).build()?;
    let mut orders = Vec::new();
    for dish in ["soup", "salad"] {
        orders.push(pool.apply_async(cook, dish.to_owned())?);
    }
    let mut plates = Vec::new();
    for order in as_completed(orders) {
        plates.push(order.get()?);
    }
    plates.sort();
    println!("as they were done, here sorted: {plates:?}");
    assert_eq!(plates, ["a plate of salad", "a plate of soup"]);

    let cake = pool.apply_async(cook, "cake".to_owned())?;
    let (done, pending) = wait([cake], ReturnWhen::AllCompleted, None);
    assert!(pending.is_empty() && done[0].done() && !done[0].cancelled());
    let Some(Error::Panicked { message, .. }) = done[0].exception() else {
        panic!("the oven is cold");
    };
    println!("exception: {message}");
    assert_eq!(message, "the oven is cold");

    let (serve, served) = mpsc::channel();
    let soup = pool.apply_async(cook, "soup".to_owned())?;
    soup.add_done_callback(move |plate| serve.send(plate).expect("main waits"));
    assert_eq!(served.recv().unwrap()?, "a plate of soup");
    Ok(())
}
