//! Hand ten orders to three cooks and collect what they made.
//!
//!     cargo run -p threading --example threading-executor
//!
//! Python: executor.submit(cook)
//! Rust:   submit(&jobs, ||
//!
//! A queue of closures that all workers take from is all that an executor is: `with` is the scope,
//! `shutdown` is to close the queue. A panic goes to the one who asks for the result, as Python's
//! exception does, and the worker lives on. For work on numbers take rayon instead (`pool.rs`).
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add crossbeam-channel
//!     cargo run

use std::panic::{self, AssertUnwindSafe};
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

type Job = Box<dyn FnOnce() + Send>;

fn main() {
    let (jobs, queue) = unbounded::<Job>();

    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| queue.iter().for_each(|job| job()));
        }

        println!("four orders fail, as they should");
        let burnt = [(); 4].map(|()| submit(&jobs, || panic!("the roast is burnt")));
        let soup = submit(&jobs, || "a bowl of soup");
        let mut squares = Vec::new();
        for order in 0..9 {
            squares.push(submit(&jobs, move || order * order));
        }
        drop(jobs);

        // More orders have failed than there are cooks, and still there are cooks.
        assert!(burnt.iter().all(|order| order.recv().unwrap().is_err()));
        let soup = soup.recv().unwrap().unwrap();
        println!("then: {soup}");
        assert_eq!(soup, "a bowl of soup");
        let squares: Vec<u32> = squares.iter().flatten().flatten().collect();
        println!("and nine squares: {squares:?}");
        assert_eq!(squares, [0, 1, 4, 9, 16, 25, 36, 49, 64]);
    });
}

/// What comes of the job: its result, or its panic.
fn submit<T: Send + 'static>(
    jobs: &Sender<Job>,
    job: impl FnOnce() -> T + Send + 'static,
) -> Receiver<thread::Result<T>> {
    let (answer, future) = bounded(1);
    // The answer is dropped if its receiver is gone.
    let job = move || drop(answer.send(panic::catch_unwind(AssertUnwindSafe(job))));
    jobs.send(Box::new(job)).expect("the queue is open");
    future
}
