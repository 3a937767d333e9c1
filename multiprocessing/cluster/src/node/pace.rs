//! How many messages wait in a node for each of its workers: few where tasks are long, so that the last ones of many do not wait here
//! for a worker while another node has one free; many where they are short, because threads and the broker have less to do for each of
//! many than for one at a time.

use std::time::Duration;

/// So much work waits for a worker, so that it has none to wait for while an answer is confirmed and the next message comes.
const AHEAD: Duration = Duration::from_millis(20);

/// A task of this length and more is worth the wait for its message.
pub(crate) const LONG: Duration = Duration::from_millis(100);

/// As in Celery, which has four messages for each worker: one runs. So many there are until it is known how long tasks are.
const FIRST: usize = 3;

/// Beyond that it is no cheaper.
const MOST: usize = 31;

/// So many tasks a worker has at most, with the one that it runs.
const AT_WORKER: usize = 8;

/// What a task counts for in the mean: the last five or so decide.
const SHARE: f64 = 0.2;

/// The mean length of a node's tasks, and what follows from it.
pub(crate) struct Pace {
    mean: Option<f64>,
    ahead: usize,
}

impl Pace {
    /// Of a node that has done nothing yet.
    pub(crate) fn new() -> Pace {
        Pace {
            mean: None,
            ahead: FIRST,
        }
    }

    /// How many messages there are for each worker, with the one that it runs.
    pub(crate) fn each(&self) -> usize {
        1 + self.ahead
    }

    /// How many tasks a worker has, with the one that it runs: more than one where the wait for the next would take long beside it.
    pub(crate) fn at_worker(&self) -> usize {
        match self.mean {
            None => 1,
            Some(_) => self.ahead.div_ceil(2).clamp(1, AT_WORKER),
        }
    }

    /// Takes the length of a task in. Whether there are to be more or fewer messages from now on.
    pub(crate) fn learn(&mut self, length: Duration) -> bool {
        let length = length.as_secs_f64();
        let mean = self.mean.map_or(length, |it| it + SHARE * (length - it));
        self.mean = Some(mean);
        // A mean near a border is on both sides of it in turn: that is no reason to tell the broker each time.
        let near = [0.7, 1.0, 1.4].map(|factor| ahead(mean * factor));
        if near.contains(&self.ahead) {
            return false;
        }
        self.ahead = near[1];
        true
    }
}

/// How many tasks of so many seconds wait for a worker: one less than a power of two, so that it seldom is another number.
fn ahead(mean: f64) -> usize {
    if mean >= LONG.as_secs_f64() {
        return 0;
    }
    let wanted = MOST.min((AHEAD.as_secs_f64() / mean).ceil() as usize);
    (1 << (wanted + 1).ilog2()) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_a_task_the_fewer_wait() {
        assert_eq!([0.0, 1e-6, 0.6e-3].map(ahead), [MOST; 3]);
        assert_eq!([1e-3, 2e-3, 5e-3].map(ahead), [15, 7, 3]);
        assert_eq!([11e-3, 21e-3, 99e-3].map(ahead), [1; 3]);
        assert_eq!([0.1, 1.0, 3600.0].map(ahead), [0; 3]);
    }

    #[test]
    fn a_node_begins_as_celery_does_and_learns() {
        let mut pace = Pace::new();
        assert_eq!(pace.each(), 4);
        assert!(!pace.learn(Duration::from_millis(5)));
        assert_eq!(pace.each(), 4);
        let short = |_: &i32| pace.learn(Duration::from_micros(100));
        assert!((0..100).filter(short).count() <= 3);
        assert_eq!(pace.each(), 1 + MOST);

        let mut pace = Pace::new();
        assert!(pace.learn(Duration::from_secs(1)));
        assert_eq!(pace.each(), 1);
        // Short ones follow: one of them is no reason yet.
        assert!(!pace.learn(Duration::from_millis(1)));
        let short = |_: &i32| pace.learn(Duration::from_millis(1));
        assert!((0..100).filter(short).count() <= 4);
        assert_eq!(pace.each(), 16);
    }

    #[test]
    fn near_a_border_the_broker_gets_one_message() {
        let mut pace = Pace::new();
        let lengths = [95, 105].map(Duration::from_millis).into_iter().cycle();
        assert!(lengths.take(1000).filter(|it| pace.learn(*it)).count() <= 1);
    }
}
