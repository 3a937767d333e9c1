//! The first stage: what is measured, at which sizes. It imports `model` alone.

pub mod experiments;
pub mod lines;
pub mod sweeps;
