//! Squares three numbers on five processes.
//!
//!     cargo run -p multiprocessing --example multiprocessing-pool
//!
//! Python's `multiprocessing.Pool` becomes `Pool`, and a task must be listed in `init`, because a process is told its name only.
//! cargo add multiprocessing --path ../multiprocessing --no-default-features

use multiprocessing::{Pool, tasks};

fn square(n: u64) -> u64 {
    n * n
}

fn main() -> multiprocessing::Result<()> {
    multiprocessing::init(tasks![square]);

    let pool = Pool::builder().workers(5).build()?;
    let squares = pool.map(square, [1, 2, 3])?;

    assert_eq!(squares, [1, 4, 9]);
    Ok(())
}
