//! The second stage: how it is measured. It imports `model` and `plan`.

pub mod bare_loop;
pub mod bench;
pub mod calibrate;
pub mod child;
pub mod instructions;
pub mod interrupt;
pub mod ladder;
pub mod limits;
pub mod machine;
pub mod machines;
pub mod memory;
pub mod meter;
pub mod own;
mod process;
pub mod progress;
pub mod python;
pub mod quota;
pub mod rounds;
pub mod server;
mod serving;
pub mod timelines;
pub mod tree;
