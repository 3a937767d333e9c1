//! Pages that wait for a worker.

use std::slice::Iter;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Page;

/// The pages of a job that no worker has taken yet. Every worker has a clone: each page goes to one of them.
///
/// A clone that is dropped before the last page takes all pages with it: where one worker fails, or does not start, the
/// others find none left.
#[derive(Clone, Debug)]
pub struct Queue<'a>(Arc<Mutex<Iter<'a, Page>>>);

impl<'a> Queue<'a> {
    /// These pages, in order.
    pub(super) fn new(pages: &'a [Page]) -> Self {
        Self(Arc::new(Mutex::new(pages.iter())))
    }

    fn lock(&self) -> MutexGuard<'_, Iter<'a, Page>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> Iterator for Queue<'a> {
    type Item = &'a Page;

    fn next(&mut self) -> Option<&'a Page> {
        self.lock().next()
    }
}

impl Drop for Queue<'_> {
    fn drop(&mut self) {
        *self.lock() = Iter::default();
    }
}
