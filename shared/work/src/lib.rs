//! A reader's own work, for programs that do it in one technique each: `src/work.rs` of the techniques' packages.
//!
//! `unit` says what the work is: here a command for each item. For a Rust function of the reader's `compare` builds the same
//! programs with another `unit`, made of the reader's file. `program` is their `main`, and the same for all: it reads a
//! request, times the work and prints a report. Techniques differ by `run` alone.

#![warn(unreachable_pub)]

mod program;
mod unit;

pub use program::{Done, Probe, Report, Request, Run, Seen, main, spread};
pub use unit::{AWAITS, Item, Output, unit, unit_async};

/// What became of an item: an answer, or in a line why there is none.
pub type Answer = Result<Output, String>;
