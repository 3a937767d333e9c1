//! Signals that end a run, as a descriptor to wait for.

use std::io::pipe;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use anyhow::Context;
use rustix::event::{PollFd, Timespec, poll};
use rustix::io::{self, Errno};
use shared::stop;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// From now on signals that would end this process are noted instead: what is returned becomes readable.
///
/// # Errors
///
/// If the system refuses.
pub fn listen() -> anyhow::Result<OwnedFd> {
    let (interrupt, signalled) = pipe()?;
    // What nohup, or the background of a script, has this process ignore does not end it.
    for signal in [SIGINT, SIGTERM, SIGHUP]
        .into_iter()
        .filter(|signal| !stop::ignores(*signal))
    {
        signal_hook::low_level::pipe::register(signal, signalled.try_clone()?)
            .context("cannot listen for Ctrl-C")?;
    }
    Ok(interrupt.into())
}

/// Waits until one of these is ready, but only so long. A signal with a handler cuts no wait short: it makes its own descriptor ready.
/// How many are.
///
/// # Errors
///
/// If the system refuses.
pub fn wait_for(events: &mut [PollFd], time: Duration) -> io::Result<usize> {
    let end = Instant::now() + time;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let left = Timespec::try_from(left).map_err(|_| Errno::INVAL)?;
        match poll(events, Some(&left)) {
            Err(Errno::INTR) => {}
            ready => return ready,
        }
    }
}
