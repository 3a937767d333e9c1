//! How many things went on at once.

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

/// Counts what goes on, and keeps the highest count.
#[derive(Default)]
pub struct Overlap {
    now: AtomicU32,
    most: AtomicU32,
}

/// One of the things that go on, until it is dropped.
pub struct Going<'a>(&'a Overlap);

impl Overlap {
    pub fn begin(&self) -> Going<'_> {
        let now = self.now.fetch_add(1, SeqCst) + 1;
        self.most.fetch_max(now, SeqCst);
        Going(self)
    }

    pub fn most(&self) -> u32 {
        self.most.load(SeqCst)
    }
}

impl Drop for Going<'_> {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, SeqCst);
    }
}
