//! How an answer becomes a result, or the error that a pool on this machine would have had.

use std::time::Duration;

use multiprocessing::Error as Process;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::error::{Error, Result};
use crate::exception::{Exception, RUST};
use crate::message::{Outcome, Status};
use crate::tasks::fails;

/// The result of a task of this program.
pub(crate) fn typed<R: DeserializeOwned>(task: &str, outcome: &Outcome) -> Result<R> {
    match &outcome.status {
        Status::Success => value(result(outcome)),
        _ => thrown(task, failure(outcome)?),
    }
}

/// What a task of this program threw: its own error, or that of a pool.
pub(crate) fn thrown<R: DeserializeOwned>(task: &str, exception: Exception) -> Result<R> {
    match error(task, &exception) {
        Error::Raised(exception) => raised(exception),
        error => Err(error),
    }
}

/// The result of any task.
pub(crate) fn foreign<R: DeserializeOwned>(_: &str, outcome: &Outcome) -> Result<R> {
    match &outcome.status {
        Status::Success => read(result(outcome)),
        _ => Err(match failure(outcome)? {
            exception if is_revoked(&exception) => Process::Cancelled.into(),
            exception => Error::Raised(exception),
        }),
    }
}

/// The value of a task of this program.
pub(crate) fn value<R: DeserializeOwned>(value: &str) -> Result<R> {
    match fails::<R>() {
        true => read(&format!(r#"{{"Ok":{value}}}"#)),
        false => read(value),
    }
}

/// A task's own error, if its type of result has room for it.
fn raised<R: DeserializeOwned>(exception: Exception) -> Result<R> {
    if fails::<R>() {
        let own = exception.module.as_deref() == Some(RUST);
        let error = match exception.arguments.first().filter(|_| own) {
            Some(error) => error.to_string(),
            None => serde_json::to_string(&exception).unwrap_or_default(),
        };
        if let Ok(result) = read(&format!(r#"{{"Err":{error}}}"#)) {
            return Ok(result);
        }
    }
    Err(Error::Raised(exception))
}

/// What an exception is in a pool.
pub(crate) fn error(task: &str, exception: &Exception) -> Error {
    let name = crate::tasks::path_of(task);
    let (billiard, worker) = ("billiard.exceptions", exception.worker.as_deref());
    let first = exception.arguments.first();
    if let Some(worker) = worker.filter(|_| exception.is(billiard, "WorkerLostError")) {
        return Error::Process(Process::Died {
            task: name,
            pid: worker.pid,
            exitcode: worker.exitcode.into(),
        });
    }
    if let Some(worker) = worker.filter(|_| exception.is(RUST, "Panic")) {
        let message = first.and_then(Value::as_str).unwrap_or_default().to_owned();
        let pid = worker.pid;
        return Error::Process(Process::Panicked {
            task: name,
            pid,
            message,
            location: worker.location.clone(),
        });
    }
    if let Some(limit) = first.and_then(Value::as_f64)
        && let Some(worker) = worker
        && let Ok(limit) = Duration::try_from_secs_f64(limit)
        && exception.is(billiard, "TimeLimitExceeded")
    {
        let pid = worker.pid;
        return Error::Process(Process::Overdue {
            task: name,
            pid,
            limit,
        });
    }
    match is_revoked(exception) {
        true => Process::Cancelled.into(),
        false => Error::Raised(exception.clone()),
    }
}

fn is_revoked(exception: &Exception) -> bool {
    let expired = Value::from("expired");
    exception.is("celery.exceptions", "TaskRevokedError")
        && exception.arguments.first() != Some(&expired)
}

/// The exception in an answer that has one.
pub(crate) fn failure(outcome: &Outcome) -> Result<Exception> {
    read(result(outcome))
}

/// The result in an answer, whatever it is.
pub(crate) fn result(outcome: &Outcome) -> &str {
    outcome.result.as_deref().map_or("null", RawValue::get)
}

pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(Error::json("read a result"))
}
