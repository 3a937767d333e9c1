//! A listening socket: it admits connections up to a limit, and ends them when the server ends.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::shutdown;
use slab::Slab;

use super::count::Counts;
use super::{Job, Rules};
use crate::receipt::Receipt;
use crate::stop;

/// How long to wait for others to end when there are no descriptors for one more connection.
const BREATH: Duration = Duration::from_millis(10);

/// A listening socket, and the connections that came through it.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    pub(super) rules: Rules,
    pub(super) counts: Counts,
    pub(super) inside: AtomicUsize,
    ending: AtomicBool,
    open: Mutex<Slab<Arc<TcpStream>>>,
}

impl Listener {
    /// The listener of this job. SIGINT and SIGTERM [end](Self::end) it; a second one ends the program.
    ///
    /// # Errors
    ///
    /// If the system refuses a descriptor, or that signals are caught.
    pub fn open(job: &Job) -> io::Result<Arc<Self>> {
        let listener = Self::new(job.listener.try_clone()?, job.rules);
        let ending = listener.clone();
        stop::end_gently(move || ending.end(), job.rules.grace, late)?;
        Ok(listener)
    }

    /// The same listener in a worker process, which has the listening socket from its parent, and the signals too.
    ///
    /// # Errors
    ///
    /// If the system refuses that signals are caught.
    pub fn shared(socket: TcpListener, rules: Rules) -> io::Result<Arc<Self>> {
        let listener = Self::new(socket, rules);
        let ending = listener.clone();
        stop::end_with_parent(move || ending.end(), rules.grace, late)?;
        Ok(listener)
    }

    fn new(socket: TcpListener, rules: Rules) -> Arc<Self> {
        Arc::new(Self {
            socket,
            rules,
            counts: Counts::default(),
            inside: AtomicUsize::new(0),
            ending: AtomicBool::new(false),
            open: Mutex::default(),
        })
    }

    /// The listening socket.
    pub fn socket(&self) -> &TcpListener {
        &self.socket
    }

    /// What holds for every client.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Counts a client that cannot be served because the system refuses what it would take.
    pub fn count_trouble(&self, kind: &str) {
        self.counts.add(kind);
    }

    /// Whether this is how a listening socket that was shut down fails.
    pub fn has_ended(&self, error: &io::Error) -> bool {
        self.is_ending() || error.raw_os_error() == Some(Errno::INVAL.raw_os_error())
    }

    /// Whether requests in flight are the last.
    pub fn is_ending(&self) -> bool {
        self.ending.load(SeqCst)
    }

    /// Ends the server: no more connections come in, here and wherever the socket is shared, and those that wait for a
    /// request have seen their last.
    pub fn end(&self) {
        self.ending.store(true, SeqCst);
        // It fails where another process has done it.
        let _ = shutdown(&self.socket, rustix::net::Shutdown::Both);
        for (_, stream) in self.lock().iter() {
            see_out(stream);
        }
    }

    /// What all connections that have ended did.
    pub fn receipt(&self) -> Receipt {
        self.counts.receipt()
    }

    pub(super) fn enter(&self, stream: Arc<TcpStream>) -> usize {
        let key = self.lock().insert(stream.clone());
        // In this order: either this sees the end, or the end sees this connection.
        if self.is_ending() {
            see_out(&stream);
        }
        key
    }

    pub(super) fn forget(&self, key: usize) {
        self.lock().remove(key);
    }

    pub(super) fn leave(&self, receipt: Receipt) {
        self.counts.leave(receipt);
        self.inside.fetch_sub(1, Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, Slab<Arc<TcpStream>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long to wait before the next connection is accepted, if this one failed for want of descriptors or memory.
pub fn pause_after(error: &io::Error) -> Option<Duration> {
    let errno = Errno::from_io_error(error)?;
    let short = [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM];
    short.contains(&errno).then_some(BREATH)
}

/// What is received already can still be read, and answered. Then comes the end.
fn see_out(stream: &TcpStream) {
    // A client that is gone needs no end.
    let _ = stream.shutdown(Shutdown::Read);
}

/// Requests in flight have had their time.
fn late() {
    process::exit(stop::OVERDUE.into());
}
