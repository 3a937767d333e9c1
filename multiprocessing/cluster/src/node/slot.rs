//! A place for one task at a time: a pool of one worker process.

use multiprocessing::Pool;
use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::mpsc::UnboundedSender;

use super::Event;
use super::job::Key;
use crate::error::Result;
use crate::relay::{Call, relay};

/// A worker process, and the task that it runs.
pub(crate) struct Slot {
    pub number: u64,
    pub job: Option<Key>,
    /// It takes no more tasks.
    pub leaving: bool,
    pool: Pool,
}

impl Slot {
    /// Starts a worker.
    ///
    /// # Errors
    ///
    /// If that does not succeed.
    pub(crate) fn new(number: u64) -> Result<Slot> {
        Ok(Slot {
            number,
            job: None,
            leaving: false,
            pool: Pool::builder().workers(1).build()?,
        })
    }

    /// Runs a call. Its end is an event.
    ///
    /// # Errors
    ///
    /// If the pool has given up, because its workers die as soon as they start.
    pub(crate) fn start(
        &mut self,
        key: Key,
        call: Call,
        events: &UnboundedSender<Event>,
    ) -> Result<()> {
        let future = self.pool.apply_async(relay, call)?;
        let events = events.clone();
        future.add_done_callback(move |reply| {
            let _ = events.send(Event::Finished(key, reply));
        });
        self.job = Some(key);
        Ok(())
    }

    pub(crate) fn is_free(&self) -> bool {
        self.job.is_none() && !self.leaving
    }

    /// The worker's process id; 0 while there is none.
    pub(crate) fn pid(&self) -> u32 {
        self.pool.pids().first().copied().unwrap_or(0)
    }

    /// Kills the worker. There will be another.
    pub(crate) fn kill(&self) {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw);
        if let Some(pid) = pid {
            let _ = kill_process(pid, Signal::KILL);
        }
    }

    /// Ends the worker.
    pub(crate) fn end(self) {
        self.pool.terminate();
    }
}
