//! A number of processes for any number of tasks.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::child::preparation;
use crate::error::{Error, Result};
use crate::socket::Wait;
use crate::supervisor::{Arrival, Job, Rules, Supervisor, Unit};
use crate::task::{Failure, Registry, Task};
use crate::wire::Message;
use crate::worker::Request;

/// Tells units apart.
static UNITS: AtomicU64 = AtomicU64::new(0);

/// A number of workers that run tasks.
pub struct Pool {
    supervisor: Arc<Supervisor>,
    thread: Option<JoinHandle<()>>,
    workers: usize,
}

/// Settings for a [`Pool`].
#[must_use]
pub struct Builder {
    rules: Result<Rules>,
}

impl Pool {
    /// A pool with a worker for each processor that this process may use.
    ///
    /// # Errors
    ///
    /// As [`Builder::build`].
    pub fn new() -> Result<Pool> {
        Pool::builder().build()
    }

    /// Settings for a pool.
    pub fn builder() -> Builder {
        Builder {
            rules: Ok(Rules {
                workers: thread::available_parallelism().map_or(1, NonZero::get),
                initializer: None,
                max_tasks_per_worker: None,
                retries: 0,
                timeout: None,
                restarts: 1000,
                restarts_within: Duration::from_secs(5),
            }),
        }
    }

    /// How many workers the pool has.
    pub fn workers(&self) -> usize {
        self.workers
    }

    /// Runs the task for every item, in chunks, and returns the results in the order of the items.
    ///
    /// # Errors
    ///
    /// The error of the first item that has one. The others are finished all the same.
    pub fn map<S, F, I>(&self, task: F, items: I) -> Result<Vec<F::Output>>
    where
        F: Task<S>,
        I: IntoIterator<Item = F::Arguments>,
    {
        let items: Vec<_> = items.into_iter().collect();
        let chunksize = items.len().div_ceil(4 * self.workers).max(1);
        self.map_chunked(task, items, chunksize)
    }

    /// As [`map`](Pool::map), with chunks of `chunksize` items.
    ///
    /// # Errors
    ///
    /// As [`map`](Pool::map).
    ///
    /// # Panics
    ///
    /// If `chunksize` is 0.
    pub fn map_chunked<S, F, I>(
        &self,
        task: F,
        items: I,
        chunksize: usize,
    ) -> Result<Vec<F::Output>>
    where
        F: Task<S>,
        I: IntoIterator<Item = F::Arguments>,
    {
        self.imap_chunked(task, items, chunksize)?.collect()
    }

    /// Runs the task for every item, and yields the results in the order of the items, each as soon as it can be.
    ///
    /// # Errors
    ///
    /// If the task is not registered, an item cannot be serialised, or the pool is closed.
    pub fn imap<S, F, I>(&self, task: F, items: I) -> Result<Results<F::Output>>
    where
        F: Task<S>,
        I: IntoIterator<Item = F::Arguments>,
    {
        self.imap_chunked(task, items, 1)
    }

    /// As [`imap`](Pool::imap), with chunks of `chunksize` items.
    ///
    /// # Errors
    ///
    /// As [`imap`](Pool::imap).
    pub fn imap_chunked<S, F, I>(
        &self,
        task: F,
        items: I,
        chunksize: usize,
    ) -> Result<Results<F::Output>>
    where
        F: Task<S>,
        I: IntoIterator<Item = F::Arguments>,
    {
        let job = self.submit(task, items, chunksize)?;
        Ok(Results::new(&self.supervisor, job, true))
    }

    /// Runs the task for every item, and yields the results in the order in which they arrive.
    ///
    /// # Errors
    ///
    /// As [`imap`](Pool::imap).
    pub fn imap_unordered<S, F, I>(&self, task: F, items: I) -> Result<Results<F::Output>>
    where
        F: Task<S>,
        I: IntoIterator<Item = F::Arguments>,
    {
        self.imap_unordered_chunked(task, items, 1)
    }

    /// As [`imap_unordered`](Pool::imap_unordered), with chunks of `chunksize` items.
    ///
    /// # Errors
    ///
    /// As [`imap`](Pool::imap).
    pub fn imap_unordered_chunked<S, F, I>(
        &self,
        task: F,
        items: I,
        chunksize: usize,
    ) -> Result<Results<F::Output>>
    where
        F: Task<S>,
        I: IntoIterator<Item = F::Arguments>,
    {
        let job = self.submit(task, items, chunksize)?;
        Ok(Results::new(&self.supervisor, job, false))
    }

    /// Runs the task once, and waits for its result.
    ///
    /// # Errors
    ///
    /// What happened to the task, and as [`imap`](Pool::imap).
    pub fn apply<S, F: Task<S>>(&self, task: F, arguments: F::Arguments) -> Result<F::Output> {
        let mut results = self.imap(task, [arguments])?;
        results
            .next()
            .unwrap_or(Err(Error::Protocol("a job without a result")))
    }

    /// Serialises the items and hands them to the workers.
    fn submit<S, F, I>(&self, _: F, items: I, chunksize: usize) -> Result<Arc<Job>>
    where
        F: Task<S>,
        I: IntoIterator<Item = F::Arguments>,
    {
        assert!(chunksize > 0, "a chunk has at least one item");
        let registry = Registry::get()?;
        let task = registry.place::<F>()?;
        let mut items = items.into_iter();
        let mut chunks = Vec::new();
        let mut total = 0;
        loop {
            let chunk: Vec<_> = items.by_ref().take(chunksize).collect();
            if chunk.is_empty() {
                break;
            }
            let id = UNITS.fetch_add(1, Ordering::Relaxed);
            let mut message = Message::of(&Request::Run {
                id,
                task,
                count: chunk.len() as u32,
            })?;
            for item in &chunk {
                message.push(item)?;
            }
            message.check()?;
            chunks.push((id, total, chunk.len(), message));
            total += chunk.len();
        }
        let job = Job::new(chunks.len());
        self.supervisor
            .submit(chunks.into_iter().map(|(id, first, count, message)| Unit {
                job: Arc::clone(&job),
                id,
                task: registry.name(task),
                first,
                count,
                message,
                attempts: 0,
            }))?;
        Ok(job)
    }

    /// Takes no more tasks. Those that were taken are finished, then the workers leave.
    pub fn close(&self) {
        self.supervisor.close();
    }

    /// Closes the pool, and waits until every worker has left.
    ///
    /// # Errors
    ///
    /// If the pool gave up.
    pub fn join(self) -> Result<()> {
        self.supervisor.close();
        self.supervisor.join(Wait::Forever)
    }

    /// Kills the workers. What is not finished fails with [`Error::Closed`].
    pub fn terminate(&self) {
        self.supervisor.terminate();
    }

    /// The process ids of the workers.
    pub fn pids(&self) -> Vec<u32> {
        self.supervisor.pids()
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.supervisor.terminate();
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != thread::current().id()
        {
            let _ = thread.join();
        }
    }
}

impl Builder {
    /// How many workers. At least one; the number of processors by default.
    pub fn workers(mut self, workers: usize) -> Builder {
        if let Ok(rules) = &mut self.rules {
            rules.workers = workers.max(1);
        }
        self
    }

    /// A task that every worker runs before its first.
    pub fn initializer<S, F: Task<S, Output = ()>>(
        mut self,
        task: F,
        arguments: F::Arguments,
    ) -> Builder {
        if let Ok(rules) = &mut self.rules {
            match preparation(task, &arguments) {
                Ok(message) => rules.initializer = Some(message),
                Err(error) => self.rules = Err(error),
            }
        }
        self
    }

    /// Starts the workers and waits until they are ready.
    ///
    /// # Errors
    ///
    /// If [`init`](crate::init) was not called, the system starts no process, or the initializer fails.
    pub fn build(self) -> Result<Pool> {
        let rules = self.rules?;
        let workers = rules.workers;
        let supervisor = Arc::new(Supervisor::start(rules)?);
        let run = Arc::clone(&supervisor);
        let thread = thread::Builder::new()
            .name("pool".to_owned())
            .spawn(move || run.run());
        let thread = Some(thread.map_err(crate::child::io("start a thread"))?);
        Ok(Pool {
            supervisor,
            thread,
            workers,
        })
    }
}

/// Results, as an iterator. Made by [`Pool::imap`] and [`Pool::imap_unordered`].
pub struct Results<R> {
    supervisor: Arc<Supervisor>,
    job: Arc<Job>,
    ordered: bool,
    /// The place of the next item to yield, in order.
    next: usize,
    /// Items that arrived before their turn.
    early: BTreeMap<usize, Result<R>>,
    output: PhantomData<fn() -> R>,
}

impl<R: DeserializeOwned> Results<R> {
    fn new(supervisor: &Arc<Supervisor>, job: Arc<Job>, ordered: bool) -> Results<R> {
        Results {
            supervisor: Arc::clone(supervisor),
            job,
            ordered,
            next: 0,
            early: BTreeMap::new(),
            output: PhantomData,
        }
    }
}

impl<R: DeserializeOwned> Iterator for Results<R> {
    type Item = Result<R>;

    fn next(&mut self) -> Option<Result<R>> {
        loop {
            let next = match self.ordered {
                true => self.early.remove(&self.next),
                false => self.early.pop_first().map(|(_, result)| result),
            };
            if let Some(result) = next {
                self.next += 1;
                return Some(result);
            }
            let arrival = match self.job.pop() {
                Ok(Some(arrival)) => arrival,
                Err(()) => return None,
                Ok(None) => {
                    let arrived = self
                        .supervisor
                        .wait(Wait::Forever, |_| match self.job.pop() {
                            Ok(None) => None,
                            Ok(arrival) => Some(Ok(arrival)),
                            Err(()) => Some(Ok(None)),
                        });
                    match arrived {
                        Ok(Some(arrival)) => arrival,
                        Ok(None) => return None,
                        Err(error) => return Some(Err(error)),
                    }
                }
            };
            let first = arrival.first;
            self.early.extend(
                arrival
                    .results()
                    .into_iter()
                    .enumerate()
                    .map(|(offset, result)| (first + offset, result)),
            );
        }
    }
}

impl Arrival {
    /// The result of each item.
    pub fn results<R: DeserializeOwned>(self) -> Vec<Result<R>> {
        let Arrival {
            task,
            pid,
            count,
            outcome,
            ..
        } = self;
        match outcome {
            Err(error) => (0..count).map(|_| Err(error.clone())).collect(),
            Ok(mut reader) => (0..count)
                .map(|_| {
                    let result: std::result::Result<R, Failure> = reader.next()?;
                    result.map_err(|failure| failure.into_error(task, pid))
                })
                .collect(),
        }
    }
}
