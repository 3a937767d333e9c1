//! A pool of five processes squares three numbers.
//!
//!     cargo run --example multiprocessing-pool
//!
//! Python: Pool(5).map(square, [1, 2, 3])
//! Rust:   pool.map(square, [1, 2, 3])
//!
//! Tasks are listed in `init`: a process receives the name of a function, not its code.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add multiprocessing-pool --path ../story/multiprocessing/library
//!     cargo run

use std::collections::HashSet;

use multiprocessing::{Pool, current_process, tasks};

fn square(number: u64) -> u64 {
    number * number
}

fn volume(width: u64, height: u64, depth: u64) -> u64 {
    width * height * depth
}

fn who(_order: u32) -> u32 {
    current_process().pid()
}

fn main() -> multiprocessing::Result<()> {
    multiprocessing::init(tasks![square, volume, who]);

    let pool = Pool::builder().workers(5).build()?;
    let squares = pool.map(square, [1, 2, 3])?;
    println!("map: {squares:?}");
    assert_eq!(squares, [1, 4, 9]);

    // A task of several parameters takes tuples, which is Python's starmap.
    let volumes = pool.map(volume, [(1, 2, 3), (4, 5, 6)])?;
    println!("starmap: {volumes:?}");
    assert_eq!(volumes, [6, 120]);

    // A Process does one task and is gone. A pool's five take the next task as they are done.
    let workers: HashSet<u32> = pool.map(who, 0..100)?.into_iter().collect();
    let few = workers.len() <= 5;
    println!("100 tasks ran on five processes at most: {few}");
    assert!(few);

    // As they come, not as they were given.
    let mut squares = Vec::new();
    for square in pool.imap_unordered(square, 0..10)? {
        squares.push(square?);
    }
    squares.sort();
    assert_eq!(squares, [0, 1, 4, 9, 16, 25, 36, 49, 64, 81]);

    pool.join()
}
