//! Signals that end a run, as a descriptor to wait for.

use std::io::pipe;
use std::os::fd::OwnedFd;

use anyhow::Context;
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
