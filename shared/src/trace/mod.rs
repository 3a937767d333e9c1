//! A run as it happened: a [`Story`] while it lasts, or pictures of it afterwards.
//!
//! Both come from the same source: the spans that `#[instrument]` opens around every unit of work, and the events of the
//! nouns. Without a listener, which is the rule, a span or an event costs one load from memory.
//!
//! 1. [`Story`] names the listeners, prints events as they happen, and can be handed on to worker processes;
//! 2. [`Recorder`] notes what happens, on one clock, with the process, the thread and the worker it happened on;
//! 3. [`Recording`] puts the notes of all processes together: lanes, units, slices and phases;
//! 4. [`timeline`], [`svg`] and [`chrome`] are three renderings of it, and [`Pictures`] makes those that the command line names.

mod assembly;
pub mod chrome;
mod note;
mod pictures;
mod recorder;
mod recording;
mod story;
pub mod svg;
pub mod timeline;

use rustix::time::{ClockId, clock_gettime};

pub use pictures::Pictures;
pub use recorder::Recorder;
pub use recording::{
    Cost, Interruption, Lane, Process, Recording, Shares, Slice, Span, State, Unit,
};
pub use story::{Story, check_printed, fitted, ignore_broken_pipe, line, wrapped};
pub use timeline::duration;

/// The system's monotonic clock, in nanoseconds: the one clock of all processes.
fn now() -> u64 {
    read(ClockId::Monotonic)
}

/// A clock of the system, in nanoseconds.
fn read(clock: ClockId) -> u64 {
    let now = clock_gettime(clock);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}
