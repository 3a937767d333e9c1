//! Start as many threads as can run at once.
//!
//!     cargo run -p threading --example threading-cpu_count
//!
//! Python: os.cpu_count, os.process_cpu_count -> std::thread::available_parallelism
//! It counts what this process may use, with its affinity mask and, on Linux, its cgroup's quota:
//! in a container it is right where `cpu_count` tells of the whole machine.

use std::io;
use std::thread;

fn main() -> io::Result<()> {
    let workers = thread::available_parallelism()?.get();

    let shares: Vec<u64> = thread::scope(|scope| {
        let mut threads = Vec::new();
        for worker in 0..workers {
            threads.push(
                scope.spawn(move || (worker..1_000).step_by(workers).map(|n| n as u64).sum()),
            );
        }
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });

    println!("{workers} at once");
    assert_eq!(shares.len(), workers);
    assert_eq!(shares.iter().sum::<u64>(), 499_500);
    Ok(())
}
