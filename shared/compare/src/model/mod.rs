//! The data: techniques, options of a run, experiments, results. It imports nothing of the other stages.

pub mod archive;
pub mod calibration;
pub mod cause;
pub mod difference;
pub mod experiment;
pub mod ladder;
pub mod load;
pub mod machine;
pub mod noise;
pub mod options;
pub mod own;
pub mod pictures;
pub mod places;
pub mod python;
pub mod quantity;
pub mod receipt;
pub mod results;
pub mod rows;
pub mod run;
pub mod source;
pub mod standing;
pub mod stats;
pub mod store;
pub mod technique;
