//! The probes, one file for each question.

pub mod blocking;
pub mod crash;
pub mod crash_pool;
pub mod memory;
pub mod message;
pub mod offload;
pub mod pingpong;
pub mod pingpong_spinning;
pub mod race;
pub mod race_call;
pub mod sleepers;
pub mod switch;
pub mod ticker;
