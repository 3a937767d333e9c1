//! A task in a node's hands, from its delivery to its acknowledgement.
//!
//! ```text
//! scheduled --> waiting <-> sent --> running --> settling --> (gone)
//!      |           |`-----------------^             ^
//!      `-----------'--------------------------------'
//! ```
//!
//! Where the connection is lost, what is scheduled or waiting is dropped, for it will come again. What runs, runs on; what has
//! settled in vain keeps its answer: either meets its message again, if this node gets it.

use std::time::{Duration, Instant};

use crate::amqp::Outgoing;
use crate::message::Task;

/// Tells jobs apart.
pub(crate) type Key = u64;

/// For so long an answer waits for its message to come again.
pub(crate) const MEMORY: Duration = Duration::from_secs(600);

/// A task in a node's hands.
pub(crate) struct Job {
    pub task: Task,
    /// The connection that its message came through, and what that is called there.
    pub session: u64,
    pub tag: u64,
    pub queue: String,
    pub redelivered: bool,
    pub stage: Stage,
    /// When it is given up, if its message does not come again.
    pub forgotten: Option<Instant>,
}

/// How far a job is.
pub(crate) enum Stage {
    /// For a time to come.
    Scheduled(Instant),
    /// For a worker.
    Waiting,
    /// To a worker that runs another one. It is taken back if that takes long.
    Sent,
    Running(Run),
    /// For the broker to confirm what came of it.
    Settling(Vec<Outgoing>),
}

/// A job that a worker runs.
pub(crate) struct Run {
    pub slot: u64,
    pub pid: u32,
    pub since: Instant,
    /// The same, in seconds since 1970.
    pub started: f64,
    /// When the worker is killed.
    pub deadline: Option<Instant>,
    pub limit: Option<f64>,
    /// Why the worker was killed.
    pub stop: Option<Stop>,
    /// How long it is known to take.
    pub length: Length,
}

/// How long a task is known to take, and what follows for others.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd)]
pub(crate) enum Length {
    /// It may be over soon.
    Short,
    /// What was sent to its worker after it has been taken back.
    Slow,
    /// Messages that waited for its worker have been handed back to the broker.
    Long,
}

/// Why a node kills a worker.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Stop {
    Revoked,
    Overdue,
}

impl Job {
    /// When something is due by the clock.
    pub(crate) fn time(&self) -> Option<Instant> {
        let stage = match &self.stage {
            Stage::Scheduled(time) => Some(*time),
            Stage::Running(run) if run.stop.is_none() => run.deadline,
            _ => None,
        };
        stage.into_iter().chain(self.forgotten).min()
    }

    /// Whether it goes on when the connection is lost.
    pub(crate) fn survives(&self) -> bool {
        matches!(
            self.stage,
            Stage::Sent | Stage::Running(_) | Stage::Settling(_)
        )
    }

    /// Whether a worker has been given it, and has not finished it.
    pub(crate) fn has_worker(&self) -> bool {
        matches!(self.stage, Stage::Sent | Stage::Running(_))
    }

    /// Whether nothing can be done for it but to wait for its message to come again.
    pub(crate) fn is_waiting_for_the_broker(&self) -> bool {
        self.forgotten.is_some() && matches!(self.stage, Stage::Settling(_))
    }

    /// There is a new connection, and its message has not come through it yet.
    pub(crate) fn forget_after(&mut self, time: Duration) {
        self.forgotten.get_or_insert(Instant::now() + time);
    }

    pub(crate) fn is_forgotten(&self, now: Instant) -> bool {
        let settling = matches!(self.stage, Stage::Settling(_));
        settling && self.forgotten.is_some_and(|time| time <= now)
    }
}
