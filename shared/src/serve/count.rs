//! What a server has done: a connection counts for itself, and adds it up when it ends.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::{Answer, Door, Head, Request};
use crate::receipt::{Answer as Total, Receipt};

/// A client's stay, from the door to the end of its connection.
#[derive(Debug)]
pub struct Visit {
    door: Arc<Door>,
    requests: AtomicU64,
    bytes: AtomicU64,
}

impl Visit {
    pub(super) fn new(door: Arc<Door>) -> Self {
        Self {
            door,
            requests: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
        }
    }

    /// The door through which the client came.
    pub fn door(&self) -> &Arc<Door> {
        &self.door
    }

    /// The request with this head.
    pub fn read(&self, head: Head) -> Request {
        Request::new(head, self.door.rules().crashes)
    }

    /// Counts an answer that is about to be sent.
    pub fn count(&self, answer: &Answer) {
        if answer.status.is_success() {
            self.requests.fetch_add(1, Relaxed);
            self.bytes.fetch_add(answer.body.len() as u64, Relaxed);
        } else {
            self.door.counts.add(answer.status.as_str());
        }
    }

    /// Counts what went wrong without an answer that a client could have sent for.
    pub fn count_trouble(&self, kind: &str) {
        self.door.counts.add(kind);
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        if thread::panicking() {
            self.count_trouble("panic");
        }
        let receipt = Receipt {
            units: self.requests.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            ..Receipt::default()
        };
        self.door.leave(receipt);
    }
}

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
    pub fn add(&self, kind: &str) {
        self.lock().receipt += Receipt::failure(kind);
    }

    /// Counts a connection that makes so many open ones.
    pub fn enter(&self, open: usize) {
        let mut sum = self.lock();
        sum.connections += 1;
        sum.most_at_once = sum.most_at_once.max(open);
    }

    /// Adds up what a connection has done.
    pub fn leave(&self, receipt: Receipt) {
        self.lock().receipt += receipt;
    }

    /// All of it. The answer is the number of connections.
    pub fn receipt(&self) -> Receipt {
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
