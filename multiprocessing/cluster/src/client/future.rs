//! A result that is not there yet.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use multiprocessing::Error::Cancelled;
use parking_lot::{Condvar, Mutex};

use super::line::Line;
use crate::error::{Error, Result};
use crate::message::Outcome;

/// How an answer becomes a result.
pub(crate) type Read<T> = fn(&str, &Outcome) -> Result<T>;

type Callback = Box<dyn FnOnce(&Result<Outcome>) + Send>;

#[derive(Default)]
struct State {
    answer: Option<Result<Outcome>>,
    callbacks: Vec<Callback>,
    /// Of the task that waits: a future is polled by one at a time.
    waker: Option<Waker>,
}

/// A place for an answer.
#[derive(Default)]
pub(crate) struct Promise {
    state: Mutex<State>,
    answered: Condvar,
}

impl Promise {
    /// Enters the answer. The first one counts: whether that is this one.
    pub(crate) fn answer(&self, answer: Result<Outcome>) -> bool {
        let mut state = self.state.lock();
        if state.answer.is_some() {
            return false;
        }
        state.answer = Some(answer.clone());
        let callbacks = std::mem::take(&mut state.callbacks);
        let waker = state.waker.take();
        drop(state);
        self.answered.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
        callbacks.into_iter().for_each(|call| call(&answer));
        true
    }
}

/// A result that is not there yet. It has the methods of [`multiprocessing::Future`], and can be awaited.
pub struct Future<T> {
    line: Line,
    promise: Arc<Promise>,
    task: String,
    id: String,
    read: Read<T>,
}

impl<T> fmt::Debug for Future<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Future")
            .field("task", &self.task)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl<T> Future<T> {
    pub(super) fn new(
        line: Line,
        promise: Arc<Promise>,
        task: &str,
        id: String,
        read: Read<T>,
    ) -> Future<T> {
        Future {
            line,
            promise,
            task: task.to_owned(),
            id,
            read,
        }
    }

    /// The id of the task, by which Celery's tools know it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Waits for the result.
    ///
    /// # Errors
    ///
    /// If the task failed: an [exception](Error::Raised), or an [error of a pool](Error::Process).
    pub fn get(&self) -> Result<T> {
        self.wait(None)
    }

    /// As [`get`](Future::get), for at most so long.
    ///
    /// # Errors
    ///
    /// As for `get`, and [`multiprocessing::Error::TimedOut`]. The task goes on.
    pub fn get_timeout(&self, timeout: Duration) -> Result<T> {
        self.wait(Instant::now().checked_add(timeout))
    }

    /// Waits, and returns the error of the task, if it failed.
    pub fn exception(&self) -> Option<Error> {
        self.get().err()
    }

    /// Whether there is a result, or an error in its place.
    pub fn done(&self) -> bool {
        self.promise.state.lock().answer.is_some()
    }

    /// Takes the task back: nodes are asked not to begin it. One that runs is not stopped, and its result is dropped. Whether there
    /// was no result yet.
    pub fn cancel(&self) -> bool {
        let is_first = self.promise.answer(Err(Cancelled.into()));
        if is_first {
            self.line.revoke(&self.id);
        }
        is_first
    }

    /// Whether it was cancelled.
    pub fn cancelled(&self) -> bool {
        self.done() && matches!(self.get(), Err(Error::Process(Cancelled)))
    }

    /// Has `callback` run when there is a result: on the thread that receives it, or here if it is there already.
    pub fn add_done_callback(&self, callback: impl FnOnce(Result<T>) + Send + 'static)
    where
        T: 'static,
    {
        let (read, task) = (self.read, self.task.clone());
        let call = move |answer: &Result<Outcome>| callback(assemble(read, &task, answer));
        let mut state = self.promise.state.lock();
        match state.answer.clone() {
            None => state.callbacks.push(Box::new(call)),
            Some(answer) => {
                drop(state);
                call(&answer);
            }
        }
    }

    fn wait(&self, end: Option<Instant>) -> Result<T> {
        let mut state = self.promise.state.lock();
        loop {
            if let Some(answer) = &state.answer {
                return assemble(self.read, &self.task, answer);
            }
            match end {
                None => self.promise.answered.wait(&mut state),
                Some(end) => {
                    let waited = self.promise.answered.wait_until(&mut state, end);
                    if waited.timed_out() && state.answer.is_none() {
                        return Err(Error::timed_out());
                    }
                }
            }
        }
    }
}

impl<T> std::future::Future for Future<T> {
    type Output = Result<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        let mut state = self.promise.state.lock();
        match &state.answer {
            Some(answer) => Poll::Ready(assemble(self.read, &self.task, answer)),
            None => {
                let waker = context.waker();
                if !state.waker.as_ref().is_some_and(|it| it.will_wake(waker)) {
                    state.waker = Some(waker.clone());
                }
                Poll::Pending
            }
        }
    }
}

fn assemble<T>(read: Read<T>, task: &str, answer: &Result<Outcome>) -> Result<T> {
    answer
        .as_ref()
        .map_err(Clone::clone)
        .and_then(|it| read(task, it))
}

#[cfg(test)]
mod tests {
    use std::task::Wake;

    use super::*;

    struct Flag;

    impl Wake for Flag {
        fn wake(self: Arc<Self>) {}
    }

    fn future(promise: &Arc<Promise>) -> Future<()> {
        let line = Line::broken();
        Future::new(line, Arc::clone(promise), "task", "1".to_owned(), |_, _| {
            Ok(())
        })
    }

    #[test]
    fn a_future_that_is_polled_often_keeps_one_waker() {
        let mut future = future(&Arc::default());
        let (one, other) = (Arc::new(Flag), Arc::new(Flag));
        for flag in [&one, &one, &other] {
            let waker = Waker::from(Arc::clone(flag));
            let polled =
                std::future::Future::poll(Pin::new(&mut future), &mut Context::from_waker(&waker));
            assert!(polled.is_pending());
        }
        assert_eq!((Arc::strong_count(&one), Arc::strong_count(&other)), (1, 2));
    }

    #[test]
    fn of_two_answers_the_first_one_counts() {
        let promise = Arc::default();
        let future = future(&promise);
        assert!(promise.answer(Err(Error::timed_out())));
        assert!(!promise.answer(Err(Cancelled.into())));
        assert!(!future.cancel() && !future.cancelled());
    }
}
