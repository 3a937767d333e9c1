//! Who takes part: the columns of the workload table, and the bare loop that sets their floor.

use std::fmt;

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A technique as it is run, asyncio on either of its runtimes, or the bare loop.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    ValueEnum,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Contestant {
    /// One after another.
    Sequential,
    /// Threads.
    Threading,
    /// Worker processes.
    Multiprocessing,
    /// Tasks on an event loop of one thread, as Python's is.
    Asyncio,
    /// The same tasks on an event loop of as many threads as there are cores.
    AsyncioMultiThread,
    /// No technique at all: the least that the work takes on this machine.
    #[value(skip)]
    BareLoop,
}

use Contestant::*;

impl Contestant {
    /// The columns of the workload table, in order.
    pub const TECHNIQUES: [Self; 5] = [
        Sequential,
        Threading,
        Multiprocessing,
        Asyncio,
        AsyncioMultiThread,
    ];

    /// The columns of the conclusion table, which are those of Python's, and what all are measured against.
    pub const CONCLUDED: [Self; 4] = [Sequential, Threading, Multiprocessing, Asyncio];

    /// Its name, as options and exports have it.
    pub fn name(self) -> &'static str {
        match self {
            Sequential => "sequential",
            Threading => "threading",
            Multiprocessing => "multiprocessing",
            Asyncio => "asyncio",
            AsyncioMultiThread => "asyncio-multi-thread",
            BareLoop => "bare-loop",
        }
    }

    /// The program that runs it.
    pub fn program(self) -> &'static str {
        match self {
            AsyncioMultiThread => "asyncio",
            BareLoop => "compare",
            _ => self.name(),
        }
    }

    /// What makes it of its program, beside the workload's own arguments.
    pub fn flags(self) -> &'static [&'static str] {
        match self {
            AsyncioMultiThread => &["--runtime", "multi-thread"],
            _ => &[],
        }
    }
}

impl fmt::Display for Contestant {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(self.name())
    }
}
