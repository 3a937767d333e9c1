//! A number of processes for any number of tasks.

mod results;

use std::fmt;
use std::num::NonZero;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde::Serialize;

pub use self::results::Results;
use crate::child::{Outcome, Preparation};
use crate::error::{Error, Result};
use crate::future::Future;
use crate::job::{Job, Unit};
use crate::limits::WORKER_LIMIT;
use crate::protocol::{Request, Settings};
use crate::socket::Wait;
use crate::supervisor::{BATCH, EXIT_TIME, Rules, Supervisor};
use crate::task::{Registry, Task};
use crate::wire::{Message, SMALL};

/// A number of processes, the workers, that run tasks.
///
/// It does the work of both of Python's pools: `multiprocessing.Pool` and
/// `concurrent.futures.ProcessPoolExecutor`, whose `submit` is [`apply_async`](Pool::apply_async).
///
/// A worker that dies costs the unit that it was running, and is replaced. A unit is one task, or
/// one chunk where tasks are given out in chunks. A panic costs no worker.
///
/// Dropping a pool ends it: if it has nothing to do its workers exit, and those are killed that have
/// not done so after a second; otherwise all are killed. [`join`](Pool::join) lets them finish first.
pub struct Pool {
    supervisor: Arc<Supervisor>,
    thread: Option<JoinHandle<()>>,
    workers: usize,
    timeout: Option<Duration>,
}

impl fmt::Debug for Pool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Pool")
            .field("workers", &self.workers)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl Pool {
    /// A pool with a worker for each processor.
    ///
    /// # Errors
    ///
    /// As for [`Builder::build`].
    pub fn new() -> Result<Pool> {
        Pool::builder().build()
    }

    /// A builder of a pool.
    pub fn builder() -> Builder {
        Builder {
            rules: Rules {
                workers: thread::available_parallelism().map_or(1, NonZero::get),
                initializer: None,
                settings: Settings::default(),
                start_timeout: Duration::from_secs(60),
                max_tasks_per_worker: None,
                retries: 0,
                timeout: None,
                restart_limit: 1000,
                restart_period: Duration::from_secs(5),
            },
            error: None,
        }
    }

    /// How many workers it has.
    pub fn workers(&self) -> usize {
        self.workers
    }

    /// The process ids of the workers that there are at this moment.
    pub fn pids(&self) -> Vec<u32> {
        self.supervisor.pids()
    }

    /// Runs a task, and waits for its result.
    ///
    /// # Errors
    ///
    /// If the task is not registered, its arguments cannot be sent, or the pool is closed; or if the
    /// task fails: [`Error::Panicked`], [`Error::Died`], [`Error::Overdue`].
    pub fn apply<S, F: Task<S>>(&self, task: F, arguments: F::Arguments) -> Result<F::Output> {
        self.apply_async(task, arguments)?.get()
    }

    /// Runs a task. Its result comes later.
    ///
    /// # Errors
    ///
    /// If the task is not registered, its arguments cannot be sent, or the pool is closed.
    pub fn apply_async<S, F>(&self, task: F, arguments: F::Arguments) -> Result<Future<F::Output>>
    where
        F: Task<S>,
    {
        Ok(Future::one(
            &self.supervisor,
            self.submit(task, [arguments], 1)?,
        ))
    }

    /// Runs a task with each item, in chunks, and waits for the results, in the order of the items.
    ///
    /// The items are cut into four chunks for each worker, as Python cuts them, unless tasks have a
    /// [`timeout`](Builder::timeout): then each item goes alone.
    ///
    /// # Errors
    ///
    /// As for [`apply`](Pool::apply). It is the error of the first item that has one, and comes
    /// when all items are done; unless one cannot be sent: then nothing is waited for, and tasks
    /// with items before it may have run.
    pub fn map<S, F, I>(&self, task: F, items: I) -> Result<Vec<F::Output>>
    where
        F: Task<S>,
        I: IntoIterator<Item = F::Arguments>,
    {
        let (items, chunksize) = self.cut(items);
        self.map_chunked(task, items, chunksize)
    }

    /// As [`map`](Pool::map), in chunks of `chunksize` items.
    ///
    /// # Errors
    ///
    /// As for [`map`](Pool::map).
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
        let mut answers = self.imap_chunked(task, items, chunksize)?;
        let mut results = Ok(Vec::new());
        while let Some(answer) = answers.next_answer()? {
            answer.append_to(&mut results);
        }
        results
    }

    /// As [`map`](Pool::map). The results come later.
    ///
    /// # Errors
    ///
    /// As for [`apply_async`](Pool::apply_async).
    pub fn map_async<S, F, I>(&self, task: F, items: I) -> Result<Future<Vec<F::Output>>>
    where
        F: Task<S>,
        I: IntoIterator<Item = F::Arguments>,
    {
        let (items, chunksize) = self.cut(items);
        Ok(Future::many(
            &self.supervisor,
            self.submit(task, items, chunksize)?,
        ))
    }

    /// Runs a task with each item, and yields the results in the order of the items.
    ///
    /// All items are taken at once, and workers begin meanwhile. Results that are not yet asked for
    /// are kept in this process.
    ///
    /// # Errors
    ///
    /// As for [`apply_async`](Pool::apply_async), whereupon tasks with items before that one may
    /// have run. The error of a task is yielded in its place.
    pub fn imap<S, F, I>(&self, task: F, items: I) -> Result<Results<F::Output>>
    where
        F: Task<S>,
        I: IntoIterator<Item = F::Arguments>,
    {
        self.imap_chunked(task, items, 1)
    }

    /// As [`imap`](Pool::imap), in chunks of `chunksize` items.
    ///
    /// # Errors
    ///
    /// As for [`imap`](Pool::imap).
    ///
    /// # Panics
    ///
    /// If `chunksize` is 0.
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

    /// Runs a task with each item, and yields the results in the order in which they come.
    ///
    /// # Errors
    ///
    /// As for [`imap`](Pool::imap).
    pub fn imap_unordered<S, F, I>(&self, task: F, items: I) -> Result<Results<F::Output>>
    where
        F: Task<S>,
        I: IntoIterator<Item = F::Arguments>,
    {
        self.imap_unordered_chunked(task, items, 1)
    }

    /// As [`imap_unordered`](Pool::imap_unordered), in chunks of `chunksize` items.
    ///
    /// # Errors
    ///
    /// As for [`imap`](Pool::imap).
    ///
    /// # Panics
    ///
    /// If `chunksize` is 0.
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

    /// Takes no more tasks. Workers finish those that were taken, and exit.
    pub fn close(&self) {
        self.supervisor.close();
    }

    /// Closes the pool, and waits until every worker has exited. A worker that has nothing more to do
    /// has a second to exit, what it does then included, and is killed after that.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] if it was terminated, and why it gave up, if it did.
    pub fn join(&self) -> Result<()> {
        self.supervisor.close();
        self.supervisor.join(Wait::Forever)
    }

    /// Kills the workers. Tasks that are not done fail with [`Error::Closed`].
    pub fn terminate(&self) {
        self.supervisor.terminate();
    }

    fn cut<I: IntoIterator>(&self, items: I) -> (Vec<I::Item>, usize) {
        let items: Vec<_> = items.into_iter().collect();
        let chunksize = match self.timeout {
            None => chunksize(items.len(), self.workers),
            Some(_) => 1,
        };
        (items, chunksize)
    }

    /// Has a task run with each item.
    fn submit<S, F, I>(&self, _: F, items: I, chunksize: usize) -> Result<Arc<Job>>
    where
        F: Task<S>,
        I: IntoIterator<Item = F::Arguments>,
    {
        assert!(chunksize > 0, "a chunk has at least one item");
        let task = Registry::get()?.place::<F>()?;
        let submission = Submission {
            supervisor: &self.supervisor,
            job: Job::new(),
            whole: false,
        };
        // Once they have ended they are asked no more: they might go on, or wait.
        let items = items.into_iter().fuse();
        self.submit_to(&submission.job, task, items, chunksize)?;
        Ok(submission.finish())
    }

    /// Serialises the items, and hands them to the supervisor: so many at a time that all workers
    /// have something to do meanwhile.
    fn submit_to<T: Serialize>(
        &self,
        job: &Arc<Job>,
        task: u32,
        mut items: impl Iterator<Item = T>,
        chunksize: usize,
    ) -> Result<()> {
        let name = Registry::get()?.name(task);
        let batch = self.workers * BATCH;
        let mut first = 0;
        let mut chunk = Vec::new();
        let mut size = SMALL;
        loop {
            let mut units = Vec::new();
            while units.len() < batch {
                chunk.extend(items.by_ref().take(chunksize));
                if chunk.is_empty() {
                    return self.supervisor.submit(units, false);
                }
                let mut message = Message::with_capacity(size);
                Request::run(&mut message, task, &chunk)?;
                // Chunks resemble each other: each begins with the room that the last one took.
                size = message.bytes.len();
                units.push(Unit {
                    job: Arc::clone(job),
                    first,
                    count: chunk.len(),
                    task: name,
                    message,
                    id: 0,
                    deaths: 0,
                    misfires: 0,
                    moves: 0,
                });
                first += chunk.len();
                chunk.clear();
            }
            self.supervisor.submit(units, true)?;
        }
    }
}

/// A job that takes units in. If it does not get all, because one cannot be sent or the iterator of
/// items panics, those that it has got are taken back.
struct Submission<'a> {
    supervisor: &'a Supervisor,
    job: Arc<Job>,
    whole: bool,
}

impl Submission<'_> {
    fn finish(mut self) -> Arc<Job> {
        self.whole = true;
        Arc::clone(&self.job)
    }
}

impl Drop for Submission<'_> {
    fn drop(&mut self) {
        self.job.complete();
        if !self.whole {
            self.supervisor.cancel(&self.job);
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        if self.supervisor.check_parent().is_err() {
            // Its thread is not there, either.
            return std::mem::forget(self.thread.take());
        }
        if self.supervisor.is_idle() {
            self.supervisor.close();
            // Who does not exit in time is killed.
            let _ = self.supervisor.join(Wait::within(EXIT_TIME));
        }
        self.supervisor.terminate();
        if let Some(thread) = self.thread.take()
            // A callback may have had the last hold of the pool.
            && thread.thread().id() != thread::current().id()
        {
            let _ = thread.join();
        }
    }
}

/// A pool that is being described. Made by [`Pool::builder`].
#[must_use = "it is no pool before `build`"]
pub struct Builder {
    rules: Rules,
    error: Option<Error>,
}

impl fmt::Debug for Builder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Builder")
            .field("workers", &self.rules.workers)
            .field("timeout", &self.rules.timeout)
            .field("retries", &self.rules.retries)
            .finish_non_exhaustive()
    }
}

/// How many items a chunk has, so that there are four chunks for each worker.
fn chunksize(items: usize, workers: usize) -> usize {
    items.div_ceil(4 * workers).max(1)
}

impl Builder {
    /// How many workers there are, at most [`WORKER_LIMIT`](crate::WORKER_LIMIT). By default one for each
    /// processor.
    ///
    /// # Panics
    ///
    /// If it is 0.
    pub fn workers(mut self, workers: usize) -> Builder {
        assert!(workers > 0, "a pool has at least one worker");
        self.rules.workers = workers;
        self
    }

    /// A task that every worker runs before any other. If it panics, or returns an error, the pool
    /// gives up. It has to return within the [`start_timeout`](Builder::start_timeout).
    pub fn initializer<S, F>(mut self, task: F, arguments: F::Arguments) -> Builder
    where
        F: Task<S, Output: Outcome>,
    {
        match Preparation::new(task, &arguments) {
            Ok(preparation) => self.rules.initializer = Some(preparation),
            Err(error) => self.error = Some(error),
        }
        self
    }

    /// How long a worker may take to start, which includes its initializer. Then it is killed, as
    /// if it had died. By default 60 seconds.
    pub fn start_timeout(mut self, timeout: Duration) -> Builder {
        self.rules.start_timeout = timeout;
        self
    }

    /// Has workers ignore SIGINT, which Ctrl-C sends to all processes of a terminal at once. This
    /// process decides then what becomes of them. By default Ctrl-C ends them, too.
    pub fn ignore_interrupts(mut self) -> Builder {
        self.rules.settings.ignore_interrupts = true;
        self
    }

    /// How many bytes of memory a worker may have for itself: its data, heap and stacks, beside what it
    /// shares (`ulimit -d`, RLIMIT_DATA). An allocation beyond that aborts the worker, which costs its
    /// task as any death does: it fails with [`Error::OutOfMemory`]. By default all that there is.
    pub fn memory_limit(mut self, bytes: u64) -> Builder {
        self.rules.settings.memory_limit = Some(bytes);
        self
    }

    /// Replaces a worker by a new one after so many tasks, or chunks. By default never.
    ///
    /// # Panics
    ///
    /// If it is 0.
    pub fn max_tasks_per_worker(mut self, tasks: u64) -> Builder {
        assert!(tasks > 0, "a worker runs at least one task");
        self.rules.max_tasks_per_worker = Some(tasks);
        self
    }

    /// How often a task is started again after its worker died. By default never, so that a task
    /// runs at most once. Chunks are started again whole.
    pub fn retries(mut self, retries: u32) -> Builder {
        self.rules.retries = retries;
        self
    }

    /// How long a task may run. Then its worker is killed, the task fails with [`Error::Overdue`],
    /// and is not started again. A chunk may take this time for each of its items.
    pub fn timeout(mut self, timeout: Duration) -> Builder {
        self.rules.timeout = Some(timeout);
        self
    }

    /// How many workers may die within a period before the pool gives up, which Erlang calls the
    /// restart intensity. By default 1000 within 5 seconds.
    pub fn restart_limit(mut self, deaths: usize, period: Duration) -> Builder {
        self.rules.restart_limit = deaths;
        self.rules.restart_period = period;
        self
    }

    /// Starts the workers, and waits until they are ready.
    ///
    /// # Errors
    ///
    /// If [`init`](crate::init) was not called, there are too many workers ([`Error::TooManyWorkers`]), no
    /// process can be started, the initializer is not registered, or it panics or returns an error
    /// ([`Error::Unprepared`]), or a worker dies of it, or takes too long ([`Error::Broken`]).
    pub fn build(self) -> Result<Pool> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let (workers, timeout) = (self.rules.workers, self.rules.timeout);
        if workers > WORKER_LIMIT {
            return Err(Error::TooManyWorkers { workers });
        }
        let supervisor = Arc::new(Supervisor::start(self.rules)?);
        let thread = thread::Builder::new().name("pool".to_owned()).spawn({
            let supervisor = Arc::clone(&supervisor);
            move || supervisor.run()
        });
        let thread = Some(thread.map_err(Error::io("start a thread"))?);
        Ok(Pool {
            supervisor,
            thread,
            workers,
            timeout,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_cut_into_four_chunks_for_each_worker_and_none_is_empty() {
        let sizes = [0, 1, 8, 9, 16, 17].map(|items| chunksize(items, 2));
        assert_eq!(sizes, [1, 1, 1, 2, 2, 3]);
        assert_eq!(chunksize(100, 1), 25);
    }

    #[test]
    fn a_pool_begins_with_what_its_documents_say() {
        let rules = Pool::builder().rules;
        assert_eq!(rules.start_timeout, Duration::from_secs(60));
        assert_eq!(rules.restart_limit, 1000);
        assert_eq!(rules.restart_period, Duration::from_secs(5));
        assert_eq!(rules.retries, 0);
    }
}
