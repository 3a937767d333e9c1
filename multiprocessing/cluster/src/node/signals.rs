//! Signals that ask a node to leave.

use std::fs;
use std::future::poll_fn;
use std::io;
use std::task::Poll;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGTERM and SIGINT, but for those that this process ignores.
pub(crate) struct Signals(Vec<Signal>);

impl Signals {
    /// Begins to listen. Where a signal is ignored, by `nohup` or in the background of a script, the user wants this process to go on, and
    /// to listen would override that.
    ///
    /// # Errors
    ///
    /// If the system refuses.
    pub(crate) fn watch() -> io::Result<Signals> {
        let ignored = ignored()?;
        let kinds = [SignalKind::terminate(), SignalKind::interrupt()];
        let heeded = kinds
            .into_iter()
            .filter(|kind| ignored & 1 << (kind.as_raw_value() - 1) == 0);
        heeded.map(signal).collect::<io::Result<_>>().map(Signals)
    }

    /// Waits for the next one; for ever, if all are ignored.
    pub(crate) async fn asked(&mut self) {
        poll_fn(|context| {
            let came = |signal: &mut Signal| signal.poll_recv(context).is_ready();
            match self.0.iter_mut().any(came) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
    }
}

/// The signals that this process ignores: number n in bit n - 1.
fn ignored() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.ok_or_else(|| io::Error::other("/proc/self/status has no line SigIgn"))
}
