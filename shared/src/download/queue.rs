//! Pages that wait for a worker.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::vec::IntoIter;

use super::Page;

/// The pages of a job that no worker has taken yet. Every worker has a clone: each page goes to one of them.
///
/// A clone that is dropped before the last page takes all pages with it: where one worker fails, or does not start, the
/// others find none left.
#[derive(Clone, Debug)]
pub struct Queue(Arc<Mutex<IntoIter<Page>>>);

impl Queue {
    /// These pages, in order.
    pub(super) fn new(pages: Vec<Page>) -> Self {
        Self(Arc::new(Mutex::new(pages.into_iter())))
    }

    fn lock(&self) -> MutexGuard<'_, IntoIter<Page>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Iterator for Queue {
    type Item = Page;

    fn next(&mut self) -> Option<Page> {
        self.lock().next()
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        *self.lock() = IntoIter::default();
    }
}
