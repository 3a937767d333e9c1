//! The work, one file for each kind.

pub mod compute;
pub mod download;
pub mod waiter;
