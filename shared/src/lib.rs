//! The nouns: what the work is. How it is done stands in `sequential`, `threading`, `multiprocessing` and `asyncio`.
//!
//! Reading order:
//!
//! 1. [`waiter`], [`download`] and [`compute`]: the three kinds of work, their sizes and their known answers;
//! 2. [`probes`]: small experiments that answer one question each;
//! 3. [`receipt`] and [`latencies`]: what a run did, in a form that can be compared, and how long its requests took;
//! 4. [`cli`]: from the command line to a job to a receipt, the same for all four programs;
//! 5. [`server`]: the pages to download; [`serve`]: what the four servers have in common; [`load`]: requests to measure them with;
//! 6. [`faults`], [`progress`] and [`stop`]: what goes wrong with them, how far a run is, and its end before its time;
//! 7. [`trace`]: the story that a program tells while it runs, and the pictures of it afterwards; [`ready`]: for how long tasks
//!    were ready and did not run.
//!
//! Nothing in the first three waits, spawns or locks: that is what techniques differ in.

#![warn(unreachable_pub)]

pub mod cli;
pub mod compute;
pub mod download;
pub mod failure;
pub mod faults;
pub mod latencies;
pub mod load;
mod outcome;
pub mod probes;
pub mod progress;
pub mod ready;
pub mod receipt;
pub mod serve;
pub mod server;
pub mod stop;
pub mod trace;
pub mod waiter;

pub use failure::Failure;
pub use latencies::Latencies;
pub use receipt::Receipt;
