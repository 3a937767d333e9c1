//! Failures as Celery writes them: an exception's module, class and arguments.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An exception, as it crosses between languages.
///
/// A task that returns `Result<T, Exception>` raises it: Celery's clients get an exception of that
/// class. For a class that they do not know they make one up.
///
/// ```
/// use cluster::Exception;
///
/// fn divide(number: u64, by: u64) -> Result<u64, Exception> {
///     number.checked_div(by).ok_or_else(|| {
///         Exception::new("builtins", "ZeroDivisionError", ["division by zero"])
///     })
/// }
/// assert_eq!(divide(1, 0).unwrap_err().to_string(), "ZeroDivisionError: division by zero");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exception {
    /// The name of the class: `ValueError`.
    #[serde(rename = "exc_type")]
    pub class: String,
    /// The arguments that it was made with.
    #[serde(rename = "exc_message", deserialize_with = "arguments")]
    pub arguments: Vec<Value>,
    /// The module of the class: `builtins`.
    #[serde(rename = "exc_module")]
    pub module: Option<String>,
    /// The worker process that died, or in which the task panicked. Celery overlooks it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker: Option<Box<LostWorker>>,
    /// The task asks to be run again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retry: Option<Retry>,
}

/// A worker process in which a task ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostWorker {
    /// Its process id, on its own machine.
    pub pid: u32,
    /// Its exit code, or minus the number of the signal that killed it; 0 if it lives on.
    pub exitcode: i32,
    /// Where the task panicked, if it did and that is known: file, line and column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
}

impl LostWorker {
    pub(crate) fn new(pid: u32, exitcode: i32) -> LostWorker {
        LostWorker {
            pid,
            exitcode,
            location: None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Retry {
    /// In how many seconds.
    pub countdown: f64,
    /// How many retries there may be.
    pub most: u32,
}

/// The module of errors and panics of Rust tasks.
pub(crate) const RUST: &str = "rust";

const TOO_LARGE: &str = "MessageTooLarge";

/// What there is to say of a message that the broker does not take.
pub(crate) fn too_large(bytes: usize, most: usize) -> String {
    format!(
        "a message has {bytes} bytes, and the broker takes at most {most}: send less at a time, or raise `max_message_size` in its rabbitmq.conf"
    )
}

impl Exception {
    /// An exception of any class.
    pub fn new<A: Into<Value>>(
        module: &str,
        class: &str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Exception {
        Exception {
            class: class.to_owned(),
            arguments: arguments.into_iter().map(Into::into).collect(),
            module: Some(module.to_owned()),
            worker: None,
            retry: None,
        }
    }

    /// Python's `ValueError`.
    pub fn value_error(message: impl Into<String>) -> Exception {
        Exception::new("builtins", "ValueError", [message.into()])
    }

    /// Asks that the task be run again after `countdown`, at most `most` times. After that this
    /// exception is its result.
    pub fn retry(mut self, countdown: Duration, most: u32) -> Exception {
        let countdown = countdown.as_secs_f64();
        self.retry = Some(Retry { countdown, most });
        self
    }

    pub(crate) fn type_error(message: String) -> Exception {
        Exception::new("builtins", "TypeError", [message])
    }

    pub(crate) fn not_registered(task: &str) -> Exception {
        Exception::new("celery.exceptions", "NotRegistered", [task])
    }

    pub(crate) fn revoked(why: &str) -> Exception {
        Exception::new("celery.exceptions", "TaskRevokedError", [why])
    }

    pub(crate) fn time_limit(seconds: f64, worker: LostWorker) -> Exception {
        Exception {
            worker: Some(Box::new(worker)),
            ..Exception::new("billiard.exceptions", "TimeLimitExceeded", [seconds])
        }
    }

    /// Celery's `SoftTimeLimitExceeded`, for a task whose [`time_left`](crate::time_left) is up.
    pub fn soft_time_limit() -> Exception {
        Exception::new("billiard.exceptions", "SoftTimeLimitExceeded", [(); 0])
    }

    pub(crate) fn worker_lost(worker: LostWorker, tries: u32) -> Exception {
        let how = match worker.exitcode {
            code if code < 0 => format!("signal {}", -code),
            code => format!("exit code {code}"),
        };
        let times = if tries == 1 { "time" } else { "times" };
        let message = format!("Worker exited prematurely: {how} ({tries} {times}).");
        Exception {
            worker: Some(Box::new(worker)),
            ..Exception::new("billiard.exceptions", "WorkerLostError", [message])
        }
    }

    /// What comes of a task has too many bytes.
    pub(crate) fn too_large(bytes: usize, most: usize) -> Exception {
        Exception::new(RUST, TOO_LARGE, [too_large(bytes, most)])
    }

    pub(crate) fn is_too_large(&self) -> bool {
        self.is(RUST, TOO_LARGE)
    }

    pub(crate) fn panic(message: &str, pid: u32, location: Option<String>) -> Exception {
        Exception {
            worker: Some(Box::new(LostWorker {
                location,
                ..LostWorker::new(pid, 0)
            })),
            ..Exception::new(RUST, "Panic", [message])
        }
    }

    pub(crate) fn is(&self, module: &str, class: &str) -> bool {
        self.class == class && self.module.as_deref() == Some(module)
    }

    /// As Python's `repr` writes it: `ValueError('boom')`.
    pub fn repr(&self) -> String {
        let arguments: Vec<_> = self.arguments.iter().map(crate::message::repr).collect();
        format!("{}({})", self.class, arguments.join(", "))
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.class)?;
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        let arguments: Vec<_> = self.arguments.iter().map(text).collect();
        match arguments.is_empty() {
            true => Ok(()),
            false => write!(f, ": {}", arguments.join(", ")),
        }
    }
}

impl std::error::Error for Exception {}

/// The arguments are a list; of some exceptions they are one text.
fn arguments<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Value>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Array(arguments) => arguments,
        argument => vec![argument],
    })
}
