//! The results of many tasks, as they come or in the order of their items.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::error::Result;
use crate::job::{Answer, Job};
use crate::socket::Wait;
use crate::supervisor::Supervisor;

/// The results of many tasks, one by one. Made by [`Pool::imap`](crate::Pool::imap) and [`Pool::imap_unordered`](crate::Pool::imap_unordered).
///
/// In a forked copy of the process that made it there is one [`Error::Inherited`](crate::Error::Inherited), and then nothing.
///
/// When it is dropped, those tasks are cancelled that no worker has begun.
pub struct Results<R> {
    supervisor: Arc<Supervisor>,
    job: Arc<Job>,
    ordered: bool,
    /// The place of the item whose result is next, in order.
    next: usize,
    /// Answers that have come before their turn.
    early: BTreeMap<usize, Answer>,
    /// The answer whose results are being yielded, where the next one begins, how many are left.
    current: Option<(Answer, usize, usize)>,
    /// An error has been yielded that is none of a task: no answer comes any more.
    failed: bool,
    result: PhantomData<fn() -> R>,
}

impl<R> fmt::Debug for Results<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Results")
            .field("ordered", &self.ordered)
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

impl<R> Results<R> {
    pub(super) fn new(supervisor: &Arc<Supervisor>, job: Arc<Job>, ordered: bool) -> Results<R> {
        Results {
            supervisor: Arc::clone(supervisor),
            job,
            ordered,
            next: 0,
            early: BTreeMap::new(),
            current: None,
            failed: false,
            result: PhantomData,
        }
    }

    /// Waits for the answer whose turn it is.
    pub(super) fn next_answer(&mut self) -> Result<Option<Answer>> {
        let answer = loop {
            if let Some(answer) = self.early.remove(&self.next) {
                break answer;
            }
            let taken = match self.job.take() {
                Some(taken) => taken,
                None => self.supervisor.wait(Wait::Forever, || self.job.take())?,
            };
            let Some(answer) = taken else {
                return Ok(None);
            };
            if !self.ordered || answer.first == self.next {
                break answer;
            }
            self.early.insert(answer.first, answer);
        };
        self.next += answer.count;
        Ok(Some(answer))
    }
}

impl<R> Drop for Results<R> {
    fn drop(&mut self) {
        if self.supervisor.check_parent().is_ok() && self.job.missing() > 0 {
            self.supervisor.cancel(&self.job);
        }
    }
}

impl<R: DeserializeOwned> Iterator for Results<R> {
    type Item = Result<R>;

    fn next(&mut self) -> Option<Result<R>> {
        loop {
            if let Some((answer, position, left)) = &mut self.current
                && *left > 0
            {
                *left -= 1;
                return Some(answer.read(position));
            }
            if self.failed {
                return None;
            }
            let answer = match self.next_answer() {
                Ok(answer) => answer?,
                Err(error) => {
                    self.failed = true;
                    return Some(Err(error));
                }
            };
            let (start, count) = (answer.start(), answer.count);
            self.current = Some((answer, start, count));
        }
    }
}
