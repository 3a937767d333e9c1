//! A place for tasks that run one after another: a pool of one worker process.

use std::collections::VecDeque;
use std::time::Duration;

use multiprocessing::{Future, Pool};
use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::mpsc::UnboundedSender;

use super::Event;
use super::job::Key;
use crate::error::Result;
use crate::relay::{Call, Reply, relay};

/// When a task has run for so long, those that were sent after it come back from its worker, for others that are free.
pub(crate) const PATIENCE: Duration = Duration::from_millis(20);

/// A worker process, the task that it runs, and those that are on their way to it, so that it has the next one when it has finished.
pub(crate) struct Slot {
    pub number: u64,
    /// In the order in which they run.
    jobs: VecDeque<(Key, Future<Reply>)>,
    /// It takes no more tasks.
    pub leaving: bool,
    /// It was killed for a task that it may have finished before that. Then it was another one's worker that died.
    killed: bool,
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
            jobs: VecDeque::new(),
            leaving: false,
            killed: false,
            // A Ctrl-C at the terminal reaches the workers, too, and it is for the node to say what becomes of their tasks.
            pool: Pool::builder().workers(1).ignore_interrupts().build()?,
        })
    }

    /// Runs a call, after those that were sent before. Its end is an event.
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
        self.jobs.push_back((key, future));
        Ok(())
    }

    /// A job has ended. Whether it was here.
    pub(crate) fn remove(&mut self, key: Key) -> bool {
        let place = self.jobs.iter().position(|(it, _)| *it == key);
        place.and_then(|place| self.jobs.remove(place)).is_some()
    }

    /// Whether it has a job.
    pub(crate) fn has(&self, key: Key) -> bool {
        self.jobs.iter().any(|(it, _)| *it == key)
    }

    /// How many tasks it has.
    pub(crate) fn len(&self) -> usize {
        self.jobs.len()
    }

    /// The job that it runs.
    pub(crate) fn runs(&self) -> Option<Key> {
        self.jobs.front().map(|(key, _)| *key)
    }

    pub(crate) fn is_free(&self) -> bool {
        self.jobs.is_empty() && !self.leaving
    }

    /// Takes a job back that it has not begun, which is an event then, as an end is. Whether it has not.
    pub(crate) fn take_back(&mut self, key: Key) -> bool {
        let before = self.jobs.len();
        self.jobs
            .retain(|(it, future)| *it != key || !future.cancel());
        self.jobs.len() < before
    }

    /// Takes all back that it has not begun.
    pub(crate) fn take_all_back(&mut self) {
        let runs = self.runs();
        self.jobs
            .retain(|(it, future)| Some(*it) == runs || !future.cancel());
    }

    /// The worker's process id; 0 while there is none.
    pub(crate) fn pid(&self) -> u32 {
        self.pool.pids().first().copied().unwrap_or(0)
    }

    /// Kills the worker. There will be another.
    pub(crate) fn kill(&mut self) {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw);
        if let Some(pid) = pid {
            let _ = kill_process(pid, Signal::KILL);
            self.killed = true;
        }
    }

    /// The worker has died. Whether it was killed.
    pub(crate) fn has_died(&mut self) -> bool {
        std::mem::take(&mut self.killed)
    }

    /// Ends the worker.
    pub(crate) fn end(self) {
        self.pool.terminate();
    }
}
