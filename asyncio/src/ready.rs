//! How long a task was ready and did not run: from the call of its waker to its next poll.
//!
//! A thread that is ready stands in a queue of the system, which keeps the account. A task stands in one of its event loop, which
//! keeps none. So a task gets a waker that notes when it was called, and calls the task's own; if it was not asked for, a task
//! stays as it is.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::time::{Duration, Instant};

use futures_util::future::Either;
use shared::ready::{Notes, notes};

/// The task itself, or, if that was asked for, the task with its waits noted. They begin now: it is ready as soon as it is
/// spawned.
pub fn noted<F: Future>(task: F) -> impl Future<Output = F::Output> {
    match notes() {
        Some(notes) => Either::Left(with_bell(task, notes)),
        None => Either::Right(task),
    }
}

fn with_bell<F: Future>(task: F, notes: &'static Notes) -> impl Future<Output = F::Output> {
    let bell = Arc::new(Bell::default());
    bell.ring();
    async move {
        let mut task = pin!(task);
        poll_fn(|context| {
            if let Some(wait) = bell.answer(context.waker()) {
                notes.add(wait);
            }
            let waker = Waker::from(bell.clone());
            task.as_mut().poll(&mut Context::from_waker(&waker))
        })
        .await
    }
}

/// A waker that remembers since when it has been called.
#[derive(Default)]
struct Bell(Mutex<Rung>);

#[derive(Default)]
struct Rung {
    since: Option<Instant>,
    task: Option<Waker>,
}

impl Bell {
    /// Whom to wake, from the first poll on.
    fn ring(&self) -> Option<Waker> {
        let mut rung = self.0.lock().unwrap();
        rung.since.get_or_insert_with(Instant::now);
        rung.task.clone()
    }

    /// For how long it has been rung, if it was. From now on it wakes this task.
    fn answer(&self, task: &Waker) -> Option<Duration> {
        let mut rung = self.0.lock().unwrap();
        rung.task = Some(task.clone());
        Some(rung.since.take()?.elapsed())
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        // Out of the lock: to wake a task may drop it, and its waker with it.
        let task = self.ring();
        if let Some(task) = task {
            task.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::ready::ask;
    use tokio::sync::oneshot;
    use tokio::task::yield_now;

    use super::*;

    /// A computation on the same thread keeps a task waiting that has been woken.
    #[tokio::test(flavor = "current_thread")]
    async fn a_task_that_is_ready_while_another_computes_has_waited_for_as_long() {
        ask();
        let (wake, woken) = oneshot::channel();
        let task = tokio::spawn(noted(async { woken.await.unwrap() }));
        yield_now().await;
        wake.send(()).unwrap();
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(20) {}
        task.await.unwrap();
        let waits = notes().unwrap().taken();
        assert_eq!(waits.count(), 2, "it was spawned, and woken once");
        let longest = waits.quantile(1.0).unwrap();
        assert!(longest >= 0.0198, "{longest}");
        let shortest = waits.quantile(0.5).unwrap();
        assert!(shortest < longest, "{shortest}");
    }
}
