//! Hand ten orders to three cooks and collect what they made.
//!
//!     cargo run -p threading --example threading-executor
//!
//! Python: concurrent.futures.ThreadPoolExecutor, submit, map, shutdown -> std::thread::scope
//! A queue of closures that all workers take from is all that an executor is: `with` is the scope,
//! `shutdown` is to close the queue. For work on numbers take rayon instead (`pool.rs`).
//! cargo add crossbeam-channel

use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

type Job = Box<dyn FnOnce() + Send>;

fn main() {
    let (jobs, queue) = unbounded::<Job>();

    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| queue.iter().for_each(|job| job()));
        }

        let soup = submit(&jobs, || "a bowl of soup");

        let mut squares = Vec::new();
        for order in 0..9 {
            squares.push(submit(&jobs, move || order * order));
        }
        drop(jobs);

        assert_eq!(soup.recv(), Ok("a bowl of soup"));
        let squares: Vec<u32> = squares.iter().flatten().collect();
        assert_eq!(squares, [0, 1, 4, 9, 16, 25, 36, 49, 64]);
    });
}

fn submit<T: Send + 'static>(
    jobs: &Sender<Job>,
    job: impl FnOnce() -> T + Send + 'static,
) -> Receiver<T> {
    let (answer, future) = bounded(1);
    // Nobody may be waiting for the answer any more; then it is dropped.
    let job = move || drop(answer.send(job()));
    jobs.send(Box::new(job)).expect("the queue is open");
    future
}
