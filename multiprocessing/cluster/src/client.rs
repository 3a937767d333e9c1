//! The cluster as a pool: tasks go to whichever node is free.

mod answer;
mod call;
mod future;
mod line;
mod results;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use multiprocessing::Task;
use serde::de::DeserializeOwned;

use crate::amqp::{Address, QUEUE, queue_name};
use crate::error::{Error, Result};
use crate::tasks::{Parameters, name_of, pack};
use line::{Line, Thread};

pub use call::Call;
pub use future::Future;
pub use results::Results;

/// The pool of [`multiprocessing`] on many machines: its methods, its errors.
///
/// A thread of its own keeps the connection. Where that is lost, it is made again; tasks that the broker had not confirmed are sent
/// again, and results wait in the broker meanwhile. Dropping a cluster ends the thread; tasks that run go on, and their results
/// are dropped.
pub struct Cluster {
    line: Line,
    settings: Settings,
    _thread: Arc<Thread>,
}

impl fmt::Debug for Cluster {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Cluster")
            .field("queue", &self.settings.queue)
            .finish_non_exhaustive()
    }
}

/// How tasks are sent.
#[derive(Clone)]
struct Settings {
    pub queue: String,
    pub tries: Option<u32>,
    pub timeout: Option<Duration>,
    pub chunk: Option<usize>,
}

impl Cluster {
    /// A cluster behind the broker at this address, `amqp://user:password@host:port/vhost` or `amqps://`.
    ///
    /// # Errors
    ///
    /// As for [`Builder::connect`].
    pub fn connect(broker: &str) -> Result<Cluster> {
        Cluster::builder().connect(broker)
    }

    /// A builder of a cluster.
    pub fn builder() -> Builder {
        Builder {
            settings: Settings {
                queue: QUEUE.to_owned(),
                tries: None,
                timeout: None,
                chunk: None,
            },
            quiet: false,
        }
    }

    /// Runs a task, and waits for its result.
    ///
    /// # Errors
    ///
    /// If the task is not registered or its arguments are no JSON, or if the task fails.
    pub fn apply<S: Parameters, F: Task<S>>(
        &self,
        task: F,
        arguments: F::Arguments,
    ) -> Result<F::Output> {
        self.apply_async(task, arguments)?.get()
    }

    /// Runs a task. Its result comes later.
    ///
    /// # Errors
    ///
    /// If the task is not registered or its arguments are no JSON.
    pub fn apply_async<S: Parameters, F: Task<S>>(
        &self,
        _: F,
        arguments: F::Arguments,
    ) -> Result<Future<F::Output>> {
        let name = name_of::<F>()?;
        let args = pack::<S, _>(&arguments)?;
        Call::new(self, name, answer::typed::<F::Output>).send_args(args)
    }

    /// Runs a task with each item, in chunks, and waits for the results, in the order of the items.
    ///
    /// # Errors
    ///
    /// As for [`apply`](Cluster::apply). It is the error of the first item that has one, and comes when all items are done.
    pub fn map<S, F, I>(&self, task: F, items: I) -> Result<Vec<F::Output>>
    where
        S: Parameters,
        F: Task<S>,
        I: IntoIterator<Item = F::Arguments>,
    {
        let mut results = self.imap_unordered(task, items)?;
        let mut placed = Vec::with_capacity(results.len());
        while let Some(result) = results.next_placed() {
            placed.push(result);
        }
        placed.sort_unstable_by_key(|(place, _)| *place);
        placed.into_iter().map(|(_, result)| result).collect()
    }

    /// Runs a task with each item, in chunks, and yields the results in the order in which they come.
    ///
    /// # Errors
    ///
    /// As for [`apply_async`](Cluster::apply_async). The error of a task is yielded in its place.
    pub fn imap_unordered<S, F, I>(&self, task: F, items: I) -> Result<Results<F::Output>>
    where
        S: Parameters,
        F: Task<S>,
        I: IntoIterator<Item = F::Arguments>,
    {
        self.results(task, items, self.settings.chunk)
    }

    /// As [`imap_unordered`](Cluster::imap_unordered), in chunks of `chunksize` items, or each alone where there is a
    /// [`timeout`](Builder::timeout).
    ///
    /// # Errors
    ///
    /// As for `imap_unordered`.
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
        S: Parameters,
        F: Task<S>,
        I: IntoIterator<Item = F::Arguments>,
    {
        assert!(chunksize > 0, "a chunk has at least one item");
        self.results(task, items, Some(chunksize))
    }

    /// A call of any task by its name, such as one of a Python worker. `R` is the type of its result.
    ///
    /// ```no_run
    /// # fn main() -> cluster::Result<()> {
    /// let cluster = cluster::Cluster::connect("amqp://guest:guest@127.0.0.1:5672")?;
    /// let sum: i64 = cluster.call("proj.add").queue("celery").send((2, 40))?.get()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn call<R: DeserializeOwned>(&self, task: &str) -> Call<'_, R> {
        Call::new(self, task, answer::foreign::<R>)
    }

    /// How many answers have come again, to tasks that were answered already. They are dropped.
    pub fn repeated(&self) -> u64 {
        self.line.repeated()
    }

    fn results<S, F, I>(&self, _: F, items: I, chunk: Option<usize>) -> Result<Results<F::Output>>
    where
        S: Parameters,
        F: Task<S>,
        I: IntoIterator<Item = F::Arguments>,
    {
        let task = name_of::<F>()?;
        let items = items.into_iter();
        let items: Result<_> = items.map(|item| pack::<S, _>(&item)).collect();
        let settings = Settings {
            // The time is that of a task, and a chunk would be one.
            chunk: self.settings.timeout.map_or(chunk, |_| Some(1)),
            ..self.settings.clone()
        };
        Ok(Results::new(self.line.clone(), settings, task, items?))
    }
}

/// Describes a cluster. Made by [`Cluster::builder`].
pub struct Builder {
    settings: Settings,
    quiet: bool,
}

impl fmt::Debug for Builder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Builder")
            .field("queue", &self.settings.queue)
            .field("quiet", &self.quiet)
            .finish_non_exhaustive()
    }
}

impl Builder {
    /// The queue that tasks go to, `cluster` by default.
    pub fn queue(mut self, queue: &str) -> Builder {
        queue.clone_into(&mut self.settings.queue);
        self
    }

    /// How often a task is run again whose worker has died with it; twice by default. It is answered with
    /// [`multiprocessing::Error::Died`] after that. An item in a chunk runs once more than that: a worker died with the chunk, and which item
    /// that was for is found when each runs alone. Where an item is to run no second time, a
    /// [`chunksize`](Builder::chunksize) of 1 sends each alone at once.
    pub fn retries(mut self, retries: u32) -> Builder {
        self.settings.tries = Some(retries.saturating_add(1));
        self
    }

    /// How long a task may take. Its worker is killed after that, and it is answered with [`multiprocessing::Error::Overdue`].
    /// Items do not go in chunks then.
    pub fn timeout(mut self, timeout: Duration) -> Builder {
        self.settings.timeout = Some(timeout);
        self
    }

    /// How many items go in a message, at least 1. By default as many as are about 50 ms of work.
    pub fn chunksize(mut self, items: usize) -> Builder {
        self.settings.chunk = Some(items);
        self
    }

    /// Says nothing on standard error when the broker goes away or comes back.
    pub fn quiet(mut self) -> Builder {
        self.quiet = true;
        self
    }

    /// Connects to the broker at this address.
    ///
    /// # Errors
    ///
    /// If the broker cannot be used, in one line that says what to do, within 5 s; or a setting makes no sense.
    pub fn connect(mut self, broker: &str) -> Result<Cluster> {
        let address = Address::parse(broker)?;
        self.settings.queue = queue_name(&self.settings.queue)?;
        if self.settings.chunk == Some(0) {
            let text = "a chunk has at least one item".to_owned();
            return Err(Error::Setting(text));
        }
        let thread = Arc::new(Thread::start(address, &self.settings.queue, self.quiet)?);
        Ok(Cluster {
            line: thread.line(),
            settings: self.settings,
            _thread: thread,
        })
    }
}
