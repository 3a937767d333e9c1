//! The program starts as many threads as can run at once.
//!
//!     cargo run --example threading-cpu_count
//!
//! Python: os.process_cpu_count()
//! Rust:   thread::available_parallelism()?.get()
//!
//! It counts what this process may use, with its affinity mask and, on Linux, its cgroup's quota:
//! in a container it is right where `cpu_count` counts the whole machine.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo run

use std::io;
use std::thread;

fn main() -> io::Result<()> {
    let workers = thread::available_parallelism()?.get();

    let shares = thread::scope(|scope| {
        let mut threads = Vec::new();
        for worker in 0..workers {
            threads.push(scope.spawn(move || share(worker, workers)));
        }

        let mut shares = Vec::new();
        for thread in threads {
            shares.push(thread.join().unwrap());
        }
        shares
    });
    let total: usize = shares.iter().sum();

    println!("threads that can run at once: {workers}");
    println!("their shares of 0..1000 add up to {total}");
    assert_eq!(shares.len(), workers);
    assert_eq!(total, 499_500);
    Ok(())
}

fn share(worker: usize, workers: usize) -> usize {
    (worker..1_000).step_by(workers).sum()
}
