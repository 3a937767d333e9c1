//! Celery's messages: a task (protocol 2), its result, and what both are made of.

mod body;
mod json;
mod outcome;
mod table;
mod task;

pub(crate) use body::{Body, Embed, Raw, Signature, raw};
pub(crate) use json::{normalised, repr};
pub(crate) use outcome::{Outcome, Status};
pub(crate) use table::{from_table, to_table};
pub(crate) use task::{Task, TaskError, hostname};

/// The content type of every message.
pub(crate) const JSON: &str = "application/json";

/// Kept in the broker's files.
pub(crate) const PERSISTENT: u8 = 2;

/// The exchange of requests to nodes, and of events.
pub(crate) const PIDBOX: &str = "celery.pidbox";
pub(crate) const EVENTS: &str = "celeryev";

/// A moment as Celery writes it.
pub(crate) fn iso(time: jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string()
}

/// Seconds since 1970, as events and clocks have them.
pub(crate) fn now() -> f64 {
    jiff::Timestamp::now().as_duration().as_secs_f64()
}
