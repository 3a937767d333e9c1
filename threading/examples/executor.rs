//! Hand ten orders to three cooks and collect what they made.
//!
//!     cargo run -p threading --example threading-executor
//!
//! Python: concurrent.futures.ThreadPoolExecutor, submit, map, shutdown, with -> std::thread and a channel of closures
//! One queue that all workers take from is all that an executor is. `shutdown` is to close the
//! queue and to join; for work on numbers, take rayon (`pool.rs`).
//! cargo add crossbeam-channel

use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

fn main() {
    let kitchen = Executor::new(3);

    let soup = kitchen.submit(|| "soup".len());
    let served = kitchen.map(0..9_u32, |order| order * order);

    assert_eq!(soup.recv(), Ok(4));
    assert_eq!(served, [0, 1, 4, 9, 16, 25, 36, 49, 64]);
    kitchen.shutdown();
}

type Job = Box<dyn FnOnce() + Send>;

struct Executor {
    jobs: Sender<Job>,
    workers: Vec<JoinHandle<()>>,
}

impl Executor {
    fn new(workers: usize) -> Self {
        let (jobs, queue) = unbounded::<Job>();
        let work = |queue: Receiver<Job>| move || queue.into_iter().for_each(|job| job());
        let workers = (0..workers)
            .map(|_| thread::spawn(work(queue.clone())))
            .collect();
        Executor { jobs, workers }
    }

    fn submit<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Receiver<T> {
        let (answer, future) = bounded(1);
        // The answer is of no use when nobody waits for it any more.
        let job = move || drop(answer.send(job()));
        self.jobs.send(Box::new(job)).expect("a worker is alive");
        future
    }

    fn map<I, T>(&self, items: impl Iterator<Item = I>, job: fn(I) -> T) -> Vec<T>
    where
        I: Send + 'static,
        T: Send + 'static,
    {
        let futures: Vec<_> = items.map(|item| self.submit(move || job(item))).collect();
        futures
            .iter()
            .map(|future| future.recv().expect("the job did not panic"))
            .collect()
    }

    fn shutdown(self) {
        drop(self.jobs);
        self.workers
            .into_iter()
            .for_each(|worker| worker.join().unwrap());
    }
}
