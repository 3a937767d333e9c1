//! What can go wrong.

use crate::exception::{Exception, too_large};

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something could not be done.
///
/// It can be cloned, because the loss of one message may be the answer to several items.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What a pool on this machine would have answered: the worker died, the task panicked, was
    /// cancelled, took too long, is not registered.
    #[error(transparent)]
    Process(#[from] multiprocessing::Error),

    /// The task raised an exception, in whatever language it is written.
    #[error("{0}")]
    Raised(Exception),

    /// The broker cannot be used: which one, why, and what to do.
    #[error("{0}")]
    Broker(String),

    /// A task has more bytes than the broker takes.
    #[error("{}", too_large(*bytes, *most))]
    TooLarge {
        /// How many its message has.
        bytes: usize,
        /// How many a message may have.
        most: usize,
    },

    /// A value is no JSON, or not the JSON of the expected type.
    #[error("cannot {action}: {reason}")]
    Json {
        /// What was attempted.
        action: &'static str,
        /// What serde_json says.
        reason: String,
    },

    /// A setting that makes no sense, in one line.
    #[error("{0}")]
    Setting(String),

    /// The system refused.
    #[error("cannot {action}: {reason}")]
    System {
        /// What was attempted.
        action: &'static str,
        /// What the system says.
        reason: String,
    },
}

impl Error {
    /// The result did not come in time.
    pub(crate) fn timed_out() -> Error {
        Error::Process(multiprocessing::Error::TimedOut)
    }

    pub(crate) fn json(action: &'static str) -> impl Fn(serde_json::Error) -> Error {
        move |error| Error::Json {
            action,
            reason: error.to_string(),
        }
    }

    pub(crate) fn system(action: &'static str) -> impl Fn(std::io::Error) -> Error {
        move |error| Error::System {
            action,
            reason: error.to_string(),
        }
    }
}
