//! Two cooks take orders from a queue, and the table collects what they made.
//!
//!     cargo run --example threading-executor
//!
//! Python: executor.submit(cook)
//! Rust:   submit(&jobs, || "a bowl of soup")
//!
//! A queue of closures that all workers take from is all that an executor is: `with` is the scope,
//! `shutdown` is to close the queue. A panic arrives where the result is asked for, as Python's
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
    // One line instead of a backtrace: these panics are expected.
    panic::set_hook(Box::new(|panic| {
        println!("panicked: {}", panic.payload_as_str().unwrap_or("?"));
    }));

    let (jobs, queue) = unbounded::<Job>();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| queue.iter().for_each(|job| job()));
        }

        // More orders fail than there are cooks, and still there are cooks.
        let burnt = [(); 3].map(|()| submit(&jobs, || panic!("the roast is burnt")));
        assert!(burnt.iter().all(|order| order.recv().unwrap().is_err()));
        let soup = submit(&jobs, || "a bowl of soup");
        let squares = [1, 2, 3, 4].map(|order| submit(&jobs, move || order * order));
        drop(jobs);

        let soup = soup.recv().unwrap().unwrap();
        let squares = squares.map(|square| square.recv().unwrap().unwrap());
        println!("then {soup}, and four squares: {squares:?}");
        assert_eq!((soup, squares), ("a bowl of soup", [1, 4, 9, 16]));
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
