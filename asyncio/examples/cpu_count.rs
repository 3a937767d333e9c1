//! The loop uses as many threads as can run at once.
//!
//!     cargo run --example asyncio-cpu_count
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
    let threads = runtime.metrics().num_workers();
    assert_eq!(threads, workers);

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
    let total: usize = shares.iter().sum();

    println!("threads of the loop: {threads}, and as many tasks");
    println!("their shares of 0..1000 add up to {total}");
    assert_eq!(shares.len(), workers);
    assert_eq!(total, 499_500);
    Ok(())
}

fn share(worker: usize, workers: usize) -> usize {
    (worker..1_000).step_by(workers).sum()
}
