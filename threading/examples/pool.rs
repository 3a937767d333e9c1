//! Square the numbers below 1000 on four threads, a hundred at a time.
//!
//!     cargo run -p threading --example threading-pool
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
    println!(
        "{} squares, in order; the 31st is {}",
        squares.len(),
        squares[31]
    );
    assert_eq!(squares[31], 961);
    assert_eq!(squares.iter().sum::<u64>(), 332_833_500);

    // One call alone, like `apply`: it runs on a thread of the pool, and the caller waits.
    let cook = pool.install(|| thread::current().name().map(String::from));
    println!("a single call ran on {cook:?}");
    assert!(cook.is_some_and(|cook| cook.starts_with("cook-")));

    // Each thread once, like an initializer that all must run.
    assert_eq!(pool.broadcast(|context| context.index()), [0, 1, 2, 3]);
    Ok(())
}
