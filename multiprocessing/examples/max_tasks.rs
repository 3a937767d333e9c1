//! Workers go home after three orders, and new ones take their places.
//!
//!     cargo run --example multiprocessing-max_tasks
//!
//! Python: Pool(2, maxtasksperchild=3)
//! Rust:   .max_tasks_per_worker(3)
//!
//! For tasks that leak: the system takes back the memory and files of a worker that exits. A chunk
//! counts as one task, as in Python.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add multiprocessing-pool --path ../story/multiprocessing/library
//!     cargo run

use std::collections::HashMap;

use multiprocessing::{Pool, current_process, tasks};

fn who(_order: u32) -> u32 {
    current_process().pid()
}

fn main() -> multiprocessing::Result<()> {
    multiprocessing::init(tasks![who]);

    let pool = Pool::builder().workers(2).max_tasks_per_worker(3).build()?;
    let workers = pool.map_chunked(who, 0..12, 1)?;

    let mut orders = HashMap::new();
    for worker in workers {
        *orders.entry(worker).or_insert(0) += 1;
    }
    let mut counts: Vec<u32> = orders.values().copied().collect();
    counts.sort();
    println!("workers that it took for 12 orders: {}", orders.len());
    println!("orders of each: {counts:?}");
    assert!(counts.len() >= 4);
    assert!(counts.iter().all(|&orders| orders <= 3));
    Ok(())
}
