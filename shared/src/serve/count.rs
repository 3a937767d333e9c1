//! The count of a server: the sum over its connections.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::receipt::{Answer as Total, Receipt};

/// The sum over all connections that have ended, and what was refused.
#[derive(Debug, Default)]
pub(super) struct Counts(Mutex<Sum>);

#[derive(Clone, Debug, Default)]
struct Sum {
    receipt: Receipt,
    connections: u128,
    most_at_once: usize,
}

impl Counts {
    /// Counts one more trouble of this kind.
    pub(super) fn add(&self, kind: &str) {
        self.lock().receipt += Receipt::failure(kind);
    }

    /// Counts a connection that makes so many open ones.
    pub(super) fn enter(&self, open: usize) {
        let mut sum = self.lock();
        sum.connections += 1;
        sum.most_at_once = sum.most_at_once.max(open);
    }

    /// Adds up what a connection has done.
    pub(super) fn leave(&self, receipt: Receipt) {
        self.lock().receipt += receipt;
    }

    /// All of it. The answer is the number of connections.
    pub(super) fn receipt(&self) -> Receipt {
        let Sum {
            receipt,
            connections,
            most_at_once,
        } = self.lock().clone();
        Receipt {
            answer: Total::Sum(connections),
            readings: BTreeMap::from([("most_connections".to_owned(), most_at_once as f64)]),
            ..receipt
        }
    }

    fn lock(&self) -> MutexGuard<'_, Sum> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
