//! Orders handed in one by one, and collected as they are done.
//!
//!     cargo run -p multiprocessing --example multiprocessing-executor
//!
//! Python: executor.submit(cook, dish)
//! Rust:   pool.apply_async(cook, dish.to_owned())
//!
//! One pool serves both of Python's faces. A task that dies fails alone; Python's executor then
//! throws away all that are waiting.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add multiprocessing-pool --path ../story/multiprocessing/library
//!     cargo run

use std::sync::mpsc;

use multiprocessing::{Pool, ReturnWhen, as_completed, tasks, wait};

fn cook(dish: String) -> String {
    assert_ne!(dish, "cake", "the oven is cold");
    format!("a plate of {dish}")
}

fn main() -> multiprocessing::Result<()> {
    multiprocessing::init(tasks![cook]);

    let pool = Pool::builder().workers(2).build()?;
    let mut orders = Vec::new();
    for dish in ["soup", "salad", "roast"] {
        orders.push(pool.apply_async(cook, dish.to_owned())?);
    }
    let mut plates = Vec::new();
    for order in as_completed(orders) {
        plates.push(order.get()?);
    }
    println!("as they were done: {plates:?}");
    plates.sort();
    assert_eq!(
        plates,
        ["a plate of roast", "a plate of salad", "a plate of soup"]
    );

    println!("the next order panics, as it should");
    let cake = pool.apply_async(cook, "cake".to_owned())?;
    let (done, pending) = wait([cake], ReturnWhen::AllCompleted, None);
    assert!(pending.is_empty() && done[0].done() && !done[0].cancelled());
    assert!(
        done[0]
            .exception()
            .is_some_and(|error| error.to_string().contains("oven is cold"))
    );

    let (served, counter) = mpsc::channel();
    let soup = pool.apply_async(cook, "soup".to_owned())?;
    soup.add_done_callback(move |plate| served.send(plate).expect("somebody waits"));
    assert_eq!(counter.recv().unwrap()?, "a plate of soup");
    Ok(())
}
