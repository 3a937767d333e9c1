//! Square the numbers below 1000 on four threads, a hundred at a time.
//!
//!     cargo run -p threading --example threading-pool
//!
//! Python: multiprocessing.pool.ThreadPool(4).map(f, items, chunksize) -> rayon::ThreadPool
//! rayon's threads steal work from each other, so a chunk is the least that is worth stealing, not
//! a fixed portion; results come in the order of the items, as in Python.
//! cargo add rayon

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
    assert_eq!(squares[31], 961);
    assert_eq!(squares.iter().sum::<u64>(), 332_833_500);

    // One call alone, like `apply`: it runs on a thread of the pool, and the caller waits.
    let cook = pool.install(|| thread::current().name().map(String::from));
    assert!(cook.is_some_and(|cook| cook.starts_with("cook-")));

    // Each thread once, like an initializer that all must run.
    assert_eq!(pool.broadcast(|context| context.index()), [0, 1, 2, 3]);
    Ok(())
}
