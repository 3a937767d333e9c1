//! Results of items that are taken one by one, as results are asked for.

use std::collections::VecDeque;
use std::fmt;
use std::iter::Fuse;

use serde::de::DeserializeOwned;

use crate::error::Result;
use crate::future::Future;
use crate::pool::Pool;
use crate::task::Task;

/// The results of many tasks in the order of their items, of which only so many are in flight. Made by
/// [`Pool::imap_bounded`].
///
/// When it is dropped, those tasks are cancelled that no worker has begun.
#[must_use = "no item is taken before a result is asked for"]
pub struct Bounded<'a, I: Iterator, R> {
    /// Once they have ended they are asked no more: they might go on, or wait.
    items: Fuse<I>,
    submit: Box<dyn Fn(I::Item) -> Result<Future<R>> + 'a>,
    /// Of the items that were taken, those whose results were not yielded.
    in_flight: VecDeque<Result<Future<R>>>,
    limit: usize,
}

impl<I: Iterator, R> fmt::Debug for Bounded<'_, I, R> {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter
            .debug_struct("Bounded")
            .field("in_flight", &self.in_flight.len())
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

impl Pool {
    /// Runs a task with each item, and yields the results in the order of the items, as
    /// [`imap`](Pool::imap) does. But no more than `in_flight` items are taken ahead of the results that
    /// were asked for: the items may be endless, and take no more memory than that.
    ///
    /// Twice the number of [`workers`](Pool::workers) keeps them busy, if the caller is quick.
    ///
    /// The error of a task, or that of sending it, is yielded in its place.
    ///
    /// # Panics
    ///
    /// If `in_flight` is 0.
    pub fn imap_bounded<S, F, I>(
        &self,
        task: F,
        items: I,
        in_flight: usize,
    ) -> Bounded<'_, I::IntoIter, F::Output>
    where
        F: Task<S>,
        I: IntoIterator<Item = F::Arguments>,
    {
        assert!(in_flight > 0, "at least one item is in flight");
        Bounded {
            items: items.into_iter().fuse(),
            submit: Box::new(move |item| self.apply_async(task, item)),
            in_flight: VecDeque::new(),
            limit: in_flight,
        }
    }
}

impl<I: Iterator, R: DeserializeOwned> Iterator for Bounded<'_, I, R> {
    type Item = Result<R>;

    fn next(&mut self) -> Option<Result<R>> {
        while self.in_flight.len() < self.limit
            && let Some(item) = self.items.next()
        {
            self.in_flight.push_back((self.submit)(item));
        }
        let next = self.in_flight.pop_front()?;
        Some(next.and_then(|future| future.get()))
    }
}

impl<I: Iterator, R> Drop for Bounded<'_, I, R> {
    fn drop(&mut self) {
        for future in self.in_flight.iter().flatten() {
            future.cancel();
        }
    }
}
