//! Four threads square the numbers below 1000, a hundred at a time.
//!
//!     cargo run --example threading-pool
//!
//! Python: ThreadPool(4).map(square, numbers, chunksize=100)
//! Rust:   numbers.par_iter().with_min_len(100)
//!
//! rayon's threads steal work from each other, so a chunk is the least that is worth stealing, not
//! a fixed portion; results come in the order of the items, as in Python.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add rayon
//!     cargo run

use std::thread;

use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

fn main() -> Result<(), rayon::ThreadPoolBuildError> {
    let pool = ThreadPoolBuilder::new()
        .num_threads(4)
        .thread_name(|index| format!("cook-{index}"))
        .build()?;

    let numbers: Vec<u64> = (0..1000).collect();
    let squares: Vec<u64> = pool.install(|| {
        let chunks = numbers.par_iter().with_min_len(100);
        chunks.map(|number| number * number).collect()
    });
    println!("1000 squares, the last three: {:?}", &squares[997..]);
    assert_eq!(squares[31], 961);
    assert_eq!(squares.iter().sum::<u64>(), 332_833_500);

    // Each thread once, like an initializer that all must run.
    let name = || thread::current().name().unwrap_or_default().to_owned();
    let cooks = pool.broadcast(|_| name());
    println!("a call on each thread: {cooks:?}");
    assert_eq!(cooks, ["cook-0", "cook-1", "cook-2", "cook-3"]);

    // One call alone, like `apply`: it runs on a thread of the pool, and the caller waits.
    let is_a_cook = cooks.contains(&pool.install(name));
    println!("a single call ran on one of them: {is_a_cook}");
    assert!(is_a_cook);
    Ok(())
}
