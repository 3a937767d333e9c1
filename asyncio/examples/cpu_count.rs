//! Let the loop use as many threads as can run at once.
//!
//!     cargo run -p asyncio --example asyncio-cpu_count
//!
//! Python: os.process_cpu_count()
//! Rust:   thread::available_parallelism()?.get()
//!
//! Python's loop has one thread, however many processors there are. tokio's multi-thread runtime
//! has one for each; then two tasks do run at the same time, and what they share needs a lock.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use std::io;
use std::thread;

use tokio::runtime::Runtime;

fn main() -> io::Result<()> {
    let workers = thread::available_parallelism()?.get();
    let runtime = Runtime::new()?;
    assert_eq!(runtime.metrics().num_workers(), workers);

    let shares = runtime.block_on(async {
        let mut tasks = Vec::new();
        for worker in 0..workers {
            tasks.push(tokio::spawn(async move { share(worker, workers) }));
        }

        let mut shares = Vec::new();
        for task in tasks {
            shares.push(task.await.unwrap());
        }
        shares
    });

    println!("a loop of {workers} threads");
    println!("each task adds up its share of 0..1000: {shares:?}");
    assert_eq!(shares.len(), workers);
    assert_eq!(shares.iter().sum::<usize>(), 499_500);
    Ok(())
}

fn share(worker: usize, workers: usize) -> usize {
    (worker..1_000).step_by(workers).sum()
}
