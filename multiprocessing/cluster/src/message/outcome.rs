//! The result of a task, as it travels to the caller's queue.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Raw;

/// How far a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs)]
pub(crate) enum Status {
    Pending,
    Received,
    Started,
    Success,
    Failure,
    Revoked,
    Retry,
    Rejected,
    Ignored,
}

impl Status {
    /// Whether no other will follow.
    pub(crate) fn is_final(self) -> bool {
        matches!(self, Self::Success | Self::Failure | Self::Revoked)
    }
}

/// A result message.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub status: Status,
    pub result: Option<Raw>,
    #[serde(default)]
    pub traceback: Option<String>,
    #[serde(default)]
    pub children: Value,
    #[serde(default)]
    pub date_done: Option<String>,
    pub task_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
}
