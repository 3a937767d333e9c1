//! What follows for a reader's own work: what its card foretells, and what its row has shown.

mod break_even;
mod predict;
mod tried;
mod verdict;

pub use predict::{foretold, predict};
pub use tried::Tried;
pub use verdict::{Verdict, nature, verdict, workers};
