//! The event loop's delay: how long a task is ready before it runs, from the call of its waker to its next poll.
//!
//! A thread that is ready stands in a queue of the system, which keeps an account. A task stands in its event loop's, which keeps
//! none. So where a run asks for it, a thread wakes up one more task every millisecond, and that task notes how late it is.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use shared::ready::{Notes, notes};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// From one waking to the next.
const PERIOD: Duration = Duration::from_millis(1);

/// Watches the delay of this event loop until it ends, if that was asked for.
///
/// # Errors
///
/// If the system has no further thread.
pub fn watch(event_loop: &Runtime) -> io::Result<()> {
    if let Some(notes) = notes() {
        let (waker, woken) = unbounded_channel();
        event_loop.spawn(note(woken, notes));
        thread::Builder::new().spawn(move || wake(&waker))?;
    }
    Ok(())
}

/// Wakes the task until it is gone. It does not wait for the task: a delay of 100 ms is met by a hundred wakings.
fn wake(task: &UnboundedSender<Instant>) {
    while task.send(Instant::now()).is_ok() {
        thread::sleep(PERIOD);
    }
}

async fn note(mut woken: UnboundedReceiver<Instant>, notes: &'static Notes) {
    while let Some(since) = woken.recv().await {
        notes.add(since.elapsed());
    }
}

#[cfg(test)]
mod tests {
    use shared::ready::ask;
    use tokio::runtime::Builder;
    use tokio::task::yield_now;
    use tokio::time::timeout;

    use super::*;

    #[test]
    fn a_task_that_is_woken_while_another_computes_is_late_by_as_much() {
        ask();
        let notes = notes().unwrap();
        let event_loop = Builder::new_current_thread().enable_time().build().unwrap();
        let noted = event_loop.block_on(async {
            let (waker, woken) = unbounded_channel();
            let late = tokio::spawn(note(woken, notes));
            yield_now().await;
            let start = Instant::now();
            waker.send(start).unwrap();
            while start.elapsed() < Duration::from_millis(20) {}
            drop(waker);
            late.await.unwrap();
            notes.taken()
        });
        assert_eq!(noted.count(), 1);
        let late = noted.quantile(1.0).unwrap();
        assert!(late >= 0.02, "{late}");

        // An event loop that is watched has such a task of its own.
        watch(&event_loop).unwrap();
        let three = async {
            let mut noted = notes.taken();
            while noted.count() < 3 {
                yield_now().await;
                noted += notes.taken();
            }
        };
        let in_time = async { timeout(Duration::from_secs(60), three).await };
        event_loop.block_on(in_time).unwrap();
    }
}
