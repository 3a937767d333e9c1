//! The probes, one file for each question.

pub mod crash;
pub mod pingpong;
pub mod race;
pub mod sleepers;
pub mod ticker;
