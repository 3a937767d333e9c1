//! A client's stay: it counts for itself, and adds that to the server's count when it ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;

use super::{Answer, Head, Listener, Request};
use crate::receipt::Receipt;

/// A client's stay, from its connection's begin to its end.
#[derive(Debug)]
pub struct Visit {
    listener: Arc<Listener>,
    requests: AtomicU64,
    bytes: AtomicU64,
}

impl Visit {
    fn new(listener: Arc<Listener>) -> Self {
        Self {
            listener,
            requests: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
        }
    }

    /// The listener through which the client came.
    pub fn listener(&self) -> &Arc<Listener> {
        &self.listener
    }

    /// The request with this head.
    pub fn read(&self, head: Head) -> Request {
        Request::new(head, self.listener.rules().crashes)
    }

    /// Counts an answer that is about to be sent.
    pub fn count(&self, answer: &Answer) {
        if answer.status.is_success() {
            self.requests.fetch_add(1, Relaxed);
            self.bytes.fetch_add(answer.body.len() as u64, Relaxed);
        } else {
            self.listener.counts.add(answer.status.as_str());
        }
    }

    /// Counts what went wrong without an answer that a client could have sent for.
    pub fn count_trouble(&self, kind: &str) {
        self.listener.counts.add(kind);
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
        self.listener.leave(receipt);
    }
}

impl Listener {
    /// Lets one more client in, unless there are too many: it is to get [`BUSY`](super::BUSY).
    pub fn admit(self: &Arc<Self>) -> Option<Visit> {
        let inside = self.inside.fetch_add(1, Relaxed) + 1;
        if inside > self.rules.connections {
            self.inside.fetch_sub(1, Relaxed);
            self.counts.add("503");
            return None;
        }
        self.counts.enter(inside);
        Some(Visit::new(self.clone()))
    }
}
