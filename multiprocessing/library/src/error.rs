//! The errors of this crate.

use std::io;
use std::time::Duration;

use rustix::io::Errno;

use crate::exit::ExitStatus;
use crate::limits::{DESCRIPTOR_LIMIT, MESSAGE_LIMIT, NAME_LIMIT, WORKER_LIMIT};

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something could not be done.
///
/// It can be cloned, because the death of one worker may be the answer to several items.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// [`init`](crate::init) was not called.
    #[error("call multiprocessing::init(tasks![...]) in the first line of main")]
    NotInitialised,

    /// The task is not in the list that [`init`](crate::init) was given.
    #[error("task `{task}` is not registered: add it to multiprocessing::init(tasks![...])")]
    Unregistered {
        /// The path of the function.
        task: &'static str,
    },

    /// The name cannot be given to a process.
    #[error("the name of a process has 1 to {NAME_LIMIT} bytes, none of them NUL")]
    Name,

    /// The system refused.
    #[error("cannot {action}: {}", io::Error::from_raw_os_error(*code))]
    Os {
        /// The attempt, as in "start a process".
        action: &'static str,
        /// The number of the system's error (`errno`), of which [`io::Error::from_raw_os_error`]
        /// makes an [`io::Error`]. It is part of the text, and no source: it would be there twice.
        code: i32,
    },

    /// A value cannot be serialised.
    #[error("cannot serialise {0}")]
    Serialise(String),

    /// The bytes are not a value of the expected type. Values behind it in the same chunk cannot be
    /// read either.
    #[error("cannot deserialise {0}")]
    Deserialise(String),

    /// A message is longer than [`MESSAGE_LIMIT`].
    #[error("a message has at most {MESSAGE_LIMIT} bytes, not {bytes}")]
    TooLarge {
        /// The length of the message.
        bytes: usize,
    },

    /// A message carries more than [`DESCRIPTOR_LIMIT`].
    #[error("a message carries at most {DESCRIPTOR_LIMIT} descriptors, not {count}")]
    TooManyDescriptors {
        /// How many ends of pipes and queues and shared values it carries.
        count: usize,
    },

    /// A pool is to have more workers than [`WORKER_LIMIT`].
    #[error("a pool has at most {WORKER_LIMIT} workers, not {workers}")]
    TooManyWorkers {
        /// How many it is to have.
        workers: usize,
    },

    /// Something arrived that this crate does not send.
    #[error("protocol error: {0}")]
    Protocol(&'static str),

    /// Every process has closed the other end.
    #[error("the other end is closed")]
    Disconnected,

    /// The other side does not know the secret, or knows another one.
    #[error("the other side does not know the secret")]
    Unauthenticated,

    /// The dictionary has other keys and values.
    #[error("dictionary `{dict}` has keys and values of types {types}")]
    OtherTypes {
        /// The name of the dictionary.
        dict: String,
        /// The types that it has.
        types: String,
    },

    /// There is nothing to receive now.
    #[error("there is nothing to receive")]
    Empty,

    /// There is no room for a value now.
    #[error("there is no room for another value")]
    Full,

    /// The wait ended before there was an answer, a value, or room for one.
    #[error("timed out")]
    TimedOut,

    /// The task panicked. The worker that ran it lives on.
    #[error("task `{task}` panicked in process {pid}{}: {message}", at(location))]
    Panicked {
        /// The path of the function.
        task: &'static str,
        /// The process that ran it.
        pid: u32,
        /// The message of the panic.
        message: String,
        /// Where it was raised: file, line and column. `None` if the program replaced the panic hook.
        location: Option<String>,
    },

    /// The task returned, but its result could not be sent.
    #[error("the result of task `{task}` could not be sent by process {pid}: {reason}")]
    Undelivered {
        /// The path of the function.
        task: &'static str,
        /// The process that ran it.
        pid: u32,
        /// What the process could not do, and the answer of the system.
        reason: String,
    },

    /// The process died that ran the task.
    #[error("process {pid} died while it ran task `{task}`: {exitcode}")]
    Died {
        /// The path of the function.
        task: &'static str,
        /// The process that ran it.
        pid: u32,
        /// How it ended.
        exitcode: ExitStatus,
    },

    /// The worker aborted that ran the task, and had a [`memory_limit`](crate::Builder::memory_limit):
    /// that is how an allocation beyond it ends.
    #[error("task `{task}` was aborted in process {pid}, which may have {limit} bytes of memory")]
    OutOfMemory {
        /// The path of the function.
        task: &'static str,
        /// The process that ran it.
        pid: u32,
        /// The bytes that the pool allows.
        limit: u64,
    },

    /// The task took longer than its pool allows, and its worker was killed.
    #[error("task `{task}` was stopped in process {pid} after {limit:?}")]
    Overdue {
        /// The path of the function.
        task: &'static str,
        /// The process that ran it.
        pid: u32,
        /// The time that the pool allows.
        limit: Duration,
    },

    /// What is used here belongs to another process, of which this one is a forked copy.
    #[error("process {pid} made this, and a forked copy of it cannot use it: make another one")]
    Inherited {
        /// The process to which it belongs.
        pid: u32,
    },

    /// The task was cancelled.
    #[error("cancelled")]
    Cancelled,

    /// The pool takes no more tasks, or was terminated.
    #[error("the pool is closed")]
    Closed,

    /// A new process could not make its preparations, such as a pool's initializer.
    #[error("a process could not be prepared: {0}")]
    Unprepared(String),

    /// The pool gave up, because its workers keep dying.
    #[error("the pool gave up: {0}")]
    Broken(String),
}

fn at(location: &Option<String>) -> String {
    let place = location.as_ref().map(|place| format!(" at {place}"));
    place.unwrap_or_default()
}

impl Error {
    pub(crate) fn os(action: &'static str) -> impl Fn(Errno) -> Error {
        move |errno| Error::Os {
            action,
            code: errno.raw_os_error(),
        }
    }

    pub(crate) fn io(action: &'static str) -> impl Fn(io::Error) -> Error {
        move |error| {
            let errno = Errno::from_io_error(&error).unwrap_or(Errno::IO);
            Error::os(action)(errno)
        }
    }

    /// Whether the system gave this answer.
    pub(crate) fn is(&self, errno: Errno) -> bool {
        matches!(self, Error::Os { code, .. } if *code == errno.raw_os_error())
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn an_error_of_the_system_is_printed_once() {
        let error = Error::os("start a process")(Errno::AGAIN);
        let text = error.to_string();
        assert!(
            text.starts_with("cannot start a process: Resource"),
            "{text}"
        );
        assert!(error.source().is_none());
    }
}
