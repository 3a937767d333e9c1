//! Measures a reader's own work: one item, then rows, sweeps and lengths, each a number of passes over items.

mod build;
mod lab;
mod look;
pub mod prepare;
mod programs;
mod rounds;
mod sweeps;

pub use lab::{Lab, List};
pub use look::{Look, row_of};
pub use programs::Programs;
pub use rounds::{Rounds, Rules};
