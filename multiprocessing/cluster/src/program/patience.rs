//! How long to wait for many answers, some of which may never come.

use std::time::Duration;

use cluster::Future;

/// How long a node or a broker may take to come back, and to give a task out again.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until all of these tasks, each of which takes this time, have an answer, or none of them has had one for a minute more. That
/// shows after twice as long at the latest, however many are lost.
pub fn settle<T>(tasks: &[Future<T>], time: Duration) {
    let wait = |task: &Future<T>| drop(task.get_timeout(PATIENCE + time));
    settle_by(tasks, Future::done, wait);
}

fn settle_by<T>(tasks: &[T], done: impl Fn(&T) -> bool, wait: impl Fn(&T)) {
    let count = || tasks.iter().filter(|task| done(task)).count();
    let mut before = count();
    for task in tasks {
        while !done(task) {
            wait(task);
            let now = count();
            if now == before {
                return;
            }
            before = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// How often it is waited, where so many come with each wait, and all from this place on are lost.
    fn waits(size: u32, each: u32, lost: u32) -> u32 {
        let tasks: Vec<_> = (0..size).collect();
        let (waits, come) = (Cell::new(0), Cell::new(0));
        settle_by(
            &tasks,
            |task| *task < come.get(),
            |_| {
                waits.set(waits.get() + 1);
                come.set((come.get() + each).min(lost));
            },
        );
        waits.get()
    }

    #[test]
    fn many_that_are_lost_take_no_longer_than_one() {
        assert_eq!(waits(2000, 1, 0), 1);
        assert_eq!(waits(2000, 500, 1000), 3);
    }

    #[test]
    fn all_are_waited_for_that_come() {
        assert_eq!(waits(10, 1, 10), 10);
        assert_eq!(waits(0, 1, 0), 0);
    }
}
