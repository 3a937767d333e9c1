//! What can go wrong, in one type.

use std::time::Duration;

use rustix::io::Errno;

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a process, a pool or something shared could not do what was asked.
///
/// An error can be cloned, because one dead worker may be the reason for the failure of several items.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// [`init`](crate::init) has not run in this program.
    #[error(
        "call multiprocessing::init(tasks![...]) as the first line of main, before anything is started"
    )]
    NotInitialised,

    /// The task is not in the list that [`init`](crate::init) was given.
    #[error("`{task}` is not registered: add it to the list in multiprocessing::init(tasks![...])")]
    Unregistered {
        /// The path of the function.
        task: &'static str,
    },

    /// The name of a process is empty, too long, or holds a NUL byte.
    #[error(
        "a process is named with 1 to {} bytes, none of them NUL",
        crate::NAME_LIMIT
    )]
    Name,

    /// The operating system refused.
    #[error("cannot {action}: {errno}")]
    Os {
        /// What was attempted.
        action: &'static str,
        /// What the system said.
        #[source]
        errno: Errno,
    },

    /// A value could not be serialised.
    #[error("cannot serialise: {0}")]
    Serialise(String),

    /// What arrived is not a value of the expected type.
    #[error("cannot deserialise: {0}")]
    Deserialise(String),

    /// A message is larger than [`MESSAGE_LIMIT`](crate::MESSAGE_LIMIT).
    #[error(
        "a message of {bytes} bytes is over the limit of {}",
        crate::MESSAGE_LIMIT
    )]
    TooLarge {
        /// The size of the message once serialised.
        bytes: usize,
    },

    /// A message carries more ends and shared values than [`DESCRIPTOR_LIMIT`](crate::DESCRIPTOR_LIMIT).
    #[error(
        "a message with {count} descriptors is over the limit of {}",
        crate::DESCRIPTOR_LIMIT
    )]
    TooManyDescriptors {
        /// How many descriptors the message would carry.
        count: usize,
    },

    /// The other side sent something that this crate never sends.
    #[error("protocol error: {0}")]
    Protocol(&'static str),

    /// Every other end is closed: nothing can arrive any more, or nobody can receive it.
    #[error("the other end is closed")]
    Disconnected,

    /// What was waited for did not happen in time.
    #[error("the time was over before it happened")]
    TimedOut,

    /// The task panicked. The worker that ran it lives on.
    #[error("task `{task}` panicked in process {pid}: {message}")]
    Panicked {
        /// The path of the function.
        task: &'static str,
        /// The process that ran it.
        pid: u32,
        /// The message of the panic.
        message: String,
    },

    /// The process that ran the task died.
    #[error("process {pid} died while it ran `{task}`: {}", crate::child::describe(*exitcode))]
    Died {
        /// The path of the function.
        task: &'static str,
        /// The process that ran it.
        pid: u32,
        /// Its exit code, or minus the number of the signal that killed it.
        exitcode: i32,
    },

    /// The task ran longer than the pool allows, and its worker was killed.
    #[error("task `{task}` was stopped in process {pid} after {limit:?}")]
    TaskTimedOut {
        /// The path of the function.
        task: &'static str,
        /// The process that ran it.
        pid: u32,
        /// The time that it was allowed.
        limit: Duration,
    },

    /// The task was cancelled before it started.
    #[error("the task was cancelled")]
    Cancelled,

    /// The pool was closed or terminated and takes no more tasks.
    #[error("the pool is closed")]
    Closed,

    /// The pool gave up: its workers cannot be started, or died too often.
    #[error("the pool gave up: {0}")]
    Broken(String),
}

impl Error {
    pub(crate) fn os(action: &'static str) -> impl Fn(Errno) -> Error {
        move |errno| Error::Os { action, errno }
    }
}
