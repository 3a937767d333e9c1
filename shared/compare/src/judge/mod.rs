//! The third stage: what follows from the measurements. Pure functions of `model`; it imports nothing else.

pub mod answer;
pub mod changes;
pub mod claims;
pub mod cluster;
pub mod conclusion;
pub mod factors;
pub mod finding;
pub mod floor;
pub mod guidance;
pub mod latency;
pub mod needs;
pub mod network;
pub mod own;
pub mod pictures;
mod python;
mod questions;
pub mod ranking;
pub mod report;
pub mod resources;
pub mod rule;
pub mod screening;
pub mod servers;
pub mod serving;
pub mod stability;
pub mod threshold;
pub mod witness;
pub mod workload;
