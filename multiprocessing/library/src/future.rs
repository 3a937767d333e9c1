//! A result that is not there yet.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crossbeam_channel::{Receiver, TryRecvError, unbounded};
use parking_lot::Mutex;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::job::{Answer, Job};
use crate::socket::Wait;
use crate::supervisor::Supervisor;

/// The result of a task, or of many, that a pool runs while the caller does something else.
///
/// Made by [`Pool::apply_async`](crate::Pool::apply_async) and
/// [`Pool::map_async`](crate::Pool::map_async). Dropping it cancels nothing. It can be awaited, too.
pub struct Future<T> {
    supervisor: Arc<Supervisor>,
    job: Arc<Job>,
    /// Makes the result of the answers.
    assemble: fn(&VecDeque<Answer>) -> Result<T>,
}

impl<T> fmt::Debug for Future<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Future")
            .field("done", &self.done())
            .finish_non_exhaustive()
    }
}

impl<T> Future<T> {
    /// Waits for the result.
    ///
    /// # Errors
    ///
    /// The error of the task; of many, that of the first in order that failed.
    pub fn get(&self) -> Result<T> {
        self.wait(Wait::Forever)
    }

    /// Waits for the result, for no longer than this. The task goes on.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`], and as [`get`](Future::get).
    pub fn get_timeout(&self, timeout: Duration) -> Result<T> {
        self.wait(Wait::within(timeout))
    }

    /// Waits for the task, and returns its error. `None`: it has a result.
    pub fn exception(&self) -> Option<Error> {
        self.get().err()
    }

    /// Whether the result is there, or the error.
    pub fn done(&self) -> bool {
        self.job.missing() == 0
    }

    /// Takes the task back, if no worker has it yet. Whether that is so: it then fails with
    /// [`Error::Cancelled`]. Of many tasks those that no worker has are taken back in any case.
    pub fn cancel(&self) -> bool {
        self.supervisor.cancel(&self.job)
    }

    /// Whether it failed with [`Error::Cancelled`].
    pub fn cancelled(&self) -> bool {
        self.done() && matches!(self.get(), Err(Error::Cancelled))
    }

    /// Calls `callback` with the result: in the pool's thread once it is there, or here and now if
    /// it is. It should be quick, because nothing else is done in the pool's thread meanwhile.
    pub fn add_done_callback(&self, callback: impl FnOnce(Result<T>) + Send + 'static)
    where
        T: 'static,
    {
        let (job, assemble) = (Arc::clone(&self.job), self.assemble);
        let call = Box::new(move || callback(job.look(assemble)));
        if let Some(call) = self.job.on_done(call) {
            call();
        }
    }

    fn wait(&self, wait: Wait) -> Result<T> {
        self.supervisor.wait(wait, || self.done().then_some(()))?;
        self.job.look(self.assemble)
    }
}

impl<R: DeserializeOwned> Future<R> {
    pub(crate) fn one(supervisor: &Arc<Supervisor>, job: Arc<Job>) -> Future<R> {
        fn assemble<R: DeserializeOwned>(answers: &VecDeque<Answer>) -> Result<R> {
            let answer = answers.front().ok_or(Error::Protocol("no answer"))?;
            answer.read(&mut answer.start())
        }
        Future {
            supervisor: Arc::clone(supervisor),
            job,
            assemble: assemble::<R>,
        }
    }
}

impl<R: DeserializeOwned> Future<Vec<R>> {
    pub(crate) fn many(supervisor: &Arc<Supervisor>, job: Arc<Job>) -> Future<Vec<R>> {
        fn assemble<R: DeserializeOwned>(answers: &VecDeque<Answer>) -> Result<Vec<R>> {
            let mut answers: Vec<_> = answers.iter().collect();
            answers.sort_unstable_by_key(|answer| answer.first);
            let mut results = Ok(Vec::new());
            for answer in answers {
                answer.append_to(&mut results);
            }
            results
        }
        Future {
            supervisor: Arc::clone(supervisor),
            job,
            assemble: assemble::<R>,
        }
    }
}

impl<T> IntoFuture for Future<T> {
    type Output = Result<T>;
    type IntoFuture = Awaited<T>;

    fn into_future(self) -> Awaited<T> {
        Awaited {
            future: self,
            waker: None,
        }
    }
}

/// A [`Future`] that is awaited, in any runtime or none: the pool's own thread wakes the task. Made by
/// `future.await`. As `get`, it yields the result, or the error of the task.
pub struct Awaited<T> {
    future: Future<T>,
    /// The task that was last here.
    waker: Option<Arc<Mutex<Waker>>>,
}

impl<T> fmt::Debug for Awaited<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter
            .debug_struct("Awaited")
            .field("done", &self.future.done())
            .finish_non_exhaustive()
    }
}

impl<T> std::future::Future for Awaited<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<Result<T>> {
        if let Err(error) = self.future.supervisor.check_parent() {
            return Poll::Ready(Err(error));
        }
        match &self.waker {
            Some(waker) => waker.lock().clone_from(context.waker()),
            None => {
                let waker = Arc::new(Mutex::new(context.waker().clone()));
                self.waker = Some(Arc::clone(&waker));
                self.future.job.listen(Box::new(move || {
                    let waker = waker.lock().clone();
                    waker.wake();
                }));
            }
        }
        // If it is done only now, the task is woken once more than it needs.
        match self.future.done() {
            true => Poll::Ready(self.future.job.look(self.future.assemble)),
            false => Poll::Pending,
        }
    }
}

/// Yields futures in the order in which they are done, each as soon as it is.
pub fn as_completed<T>(futures: impl IntoIterator<Item = Future<T>>) -> AsCompleted<T> {
    let futures: Vec<_> = futures.into_iter().map(Some).collect();
    let mut supervisors = futures.iter().flatten().map(|future| &future.supervisor);
    // Of several pools all but one are attended to by their own threads.
    let here = supervisors.clone().find(|it| it.is_pool_thread());
    let here = here.or(supervisors.next()).cloned();
    let (sender, done) = unbounded();
    for (place, future) in futures.iter().flatten().enumerate() {
        let is_elsewhere = |here: &&Arc<Supervisor>| !Arc::ptr_eq(here, &future.supervisor);
        let elsewhere = here.as_ref().filter(is_elsewhere).cloned();
        let sender = sender.clone();
        future.job.listen(Box::new(move || {
            // The one who waits may have gone.
            let _ = sender.send(place);
            // If it was the last, that nothing else will come is known before the other is awake, too.
            drop(sender);
            if let Some(supervisor) = elsewhere {
                supervisor.wake();
            }
        }));
    }
    AsCompleted {
        futures,
        done,
        here,
    }
}

/// Made by [`as_completed`].
pub struct AsCompleted<T> {
    /// Those that were not yielded.
    futures: Vec<Option<Future<T>>>,
    /// The places of those that are done. It comes to an end when all are.
    done: Receiver<usize>,
    /// The pool whose workers are attended to by who waits, if there are any futures.
    here: Option<Arc<Supervisor>>,
}

impl<T> fmt::Debug for AsCompleted<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AsCompleted")
            .field("left", &self.futures.iter().flatten().count())
            .finish_non_exhaustive()
    }
}

impl<T> AsCompleted<T> {
    /// The next future, if one is done within this time.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`] if none is.
    pub fn next_timeout(&mut self, timeout: Duration) -> Result<Option<Future<T>>> {
        self.next_within(Wait::within(timeout))
    }

    fn next_within(&mut self, wait: Wait) -> Result<Option<Future<T>>> {
        let Some(here) = &self.here else {
            return Ok(None);
        };
        let place = here.wait(wait, || match self.done.try_recv() {
            Ok(place) => Some(Some(place)),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(None),
        })?;
        Ok(place.and_then(|place| self.futures[place].take()))
    }
}

impl<T> Iterator for AsCompleted<T> {
    type Item = Future<T>;

    fn next(&mut self) -> Option<Future<T>> {
        // A wait without an end does not fail.
        self.next_within(Wait::Forever).ok().flatten()
    }
}

/// What [`wait`] waits for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ReturnWhen {
    /// One future is done.
    FirstCompleted,
    /// One future is done and has no result, or all are done.
    FirstException,
    /// All futures are done.
    AllCompleted,
}

/// Waits for some of the futures, or all of them, and returns those that are done and those that
/// are not. With a timeout it waits no longer than that.
pub fn wait<T>(
    futures: impl IntoIterator<Item = Future<T>>,
    until: ReturnWhen,
    timeout: Option<Duration>,
) -> (Vec<Future<T>>, Vec<Future<T>>) {
    let limit = timeout.map_or(Wait::Forever, Wait::within);
    let mut completed = as_completed(futures);
    let mut done = Vec::new();
    while let Ok(Some(future)) = completed.next_within(limit) {
        let enough = match until {
            ReturnWhen::FirstCompleted => true,
            ReturnWhen::FirstException => future.exception().is_some(),
            ReturnWhen::AllCompleted => false,
        };
        done.push(future);
        if enough {
            break;
        }
    }
    (done, completed.futures.into_iter().flatten().collect())
}
