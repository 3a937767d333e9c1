//! The probes, one file for each question.

pub mod blocking;
pub mod crash;
pub mod crash_pool;
pub mod offload;
pub mod pingpong;
pub mod race;
pub mod race_call;
pub mod sleepers;
pub mod ticker;
