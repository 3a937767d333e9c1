//! The data: techniques, options of a run, experiments, results. It imports nothing of the other stages.

pub mod options;
pub mod quantity;
pub mod results;
pub mod technique;
