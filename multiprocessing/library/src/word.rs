//! A word of memory that a worker and its pool read and write at once.

use std::sync::atomic::{AtomicU64, Ordering};

/// An atomic number: in shared memory, or in a model that tries every order in which two threads can
/// use it.
pub(crate) trait Word {
    fn load(&self, ordering: Ordering) -> u64;

    fn store(&self, number: u64, ordering: Ordering);

    /// Replaces the number by what `change` makes of it. `false`: it makes nothing of it.
    fn update(&self, change: impl FnMut(u64) -> Option<u64>) -> bool;
}

macro_rules! impl_word {
    ($word:ty) => {
        impl Word for $word {
            fn load(&self, ordering: Ordering) -> u64 {
                self.load(ordering)
            }

            fn store(&self, number: u64, ordering: Ordering) {
                self.store(number, ordering);
            }

            fn update(&self, change: impl FnMut(u64) -> Option<u64>) -> bool {
                let (done, failed) = (Ordering::AcqRel, Ordering::Acquire);
                self.fetch_update(done, failed, change).is_ok()
            }
        }
    };
}

impl_word!(AtomicU64);
#[cfg(test)]
impl_word!(shuttle::sync::atomic::AtomicU64);
