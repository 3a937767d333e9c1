//! Techniques, the columns of the tables; and runners of a cell, which may be the bare loop that sets their floor.

use std::fmt;

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A technique as it is run, asyncio on either of its runtimes.
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
    /// Interpreters of their own in one process, which Python has.
    #[value(skip)]
    Subinterpreters,
    /// Nodes on machines of their own, and a broker between: where machines are asked for.
    Cluster,
}

use Contestant::*;

impl Contestant {
    /// The techniques of one machine, in order.
    pub const TECHNIQUES: [Self; 5] = [
        Sequential,
        Threading,
        Multiprocessing,
        Asyncio,
        AsyncioMultiThread,
    ];

    /// The columns of the workload table, in order. That of the cluster stands where it takes part.
    pub const COLUMNS: [Self; 6] = [
        Sequential,
        Threading,
        Multiprocessing,
        Asyncio,
        AsyncioMultiThread,
        Cluster,
    ];

    /// The columns of the conclusion table, in order. That of the cluster stands where it takes part.
    pub const VERDICTS: [Self; 5] = [Sequential, Threading, Multiprocessing, Asyncio, Cluster];

    /// The techniques of Python's table, and what all are measured against.
    pub const CONCLUDED: [Self; 4] = [Sequential, Threading, Multiprocessing, Asyncio];

    /// The programs of [`CONCLUDED`](Self::CONCLUDED), in the same order.
    pub const PROGRAMS: [&str; Self::CONCLUDED.len()] = {
        let mut programs = [""; Self::CONCLUDED.len()];
        let mut place = 0;
        while place < programs.len() {
            programs[place] = Self::CONCLUDED[place].program();
            place += 1;
        }
        programs
    };

    /// All that is known of it.
    const fn facts(self) -> &'static Facts {
        match self {
            Sequential => &Facts {
                name: "sequential",
                program: "sequential",
                flags: &[],
                unit: None,
                colours: ["#6b7280", "#9ca3af"],
                mark: "m-5-2h10v4h-10z",
            },
            Threading => &Facts {
                name: "threading",
                program: "threading",
                flags: &[],
                unit: Some("a thread"),
                colours: ["#1d5fd1", "#7cb0ff"],
                mark: "m-4.5-4.5h9v9h-9z",
            },
            Multiprocessing => &Facts {
                name: "multiprocessing",
                program: "multiprocessing",
                flags: &[],
                unit: Some("a process"),
                colours: ["#c2410c", "#ff9d66"],
                mark: "m0-6l6 10h-12z",
            },
            Asyncio => &Facts {
                name: "asyncio",
                program: "asyncio",
                flags: &[],
                unit: Some("a task"),
                colours: ["#15803d", "#4ade80"],
                mark: "m0-5a5 5 0 1 0 .1 0z",
            },
            AsyncioMultiThread => &Facts {
                name: "asyncio-multi-thread",
                program: "asyncio",
                flags: &["--runtime", "multi-thread"],
                unit: Some("a task"),
                colours: ["#7e22ce", "#d29bff"],
                mark: "m0-6l6 6l-6 6l-6-6z",
            },
            Cluster => &Facts {
                name: "cluster",
                program: "cluster",
                flags: &[],
                unit: Some("a node"),
                colours: ["#b0126e", "#ff8ac9"],
                mark: "m-3-6h6l3 6l-3 6h-6l-3-6z",
            },
            Subinterpreters => &Facts {
                name: "subinterpreters",
                program: "python3",
                flags: &[],
                unit: Some("a subinterpreter"),
                colours: ["#a16207", "#facc15"],
                mark: "m-2-6h4v4h4v4h-4v4h-4v-4h-4v-4h4z",
            },
        }
    }

    /// Its name, as options and exports have it.
    pub const fn name(self) -> &'static str {
        self.facts().name
    }

    /// The program that runs it.
    pub const fn program(self) -> &'static str {
        self.facts().program
    }

    /// The folder of its program's sources, below the workspace.
    pub const fn folder(self) -> &'static str {
        match self {
            Cluster => "multiprocessing/cluster",
            other => other.program(),
        }
    }

    /// What makes it of its program, beside the workload's own arguments.
    pub const fn flags(self) -> &'static [&'static str] {
        self.facts().flags
    }

    /// One of its units, in words; nothing where no unit is started.
    pub const fn unit(self) -> Option<&'static str> {
        self.facts().unit
    }

    /// Its colours in charts, as CSS has them: on a light ground, and on a dark one.
    pub const fn colours(self) -> [&'static str; 2] {
        self.facts().colours
    }

    /// Its mark in charts, as a path from its centre on: a shape for each, so that colour is not needed.
    pub const fn mark(self) -> &'static str {
        self.facts().mark
    }
}

/// What a technique is called, how it is run and how it is drawn.
struct Facts {
    name: &'static str,
    program: &'static str,
    flags: &'static [&'static str],
    unit: Option<&'static str>,
    colours: [&'static str; 2],
    mark: &'static str,
}

impl fmt::Display for Contestant {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The runner of a cell: a technique, or the bare loop that sets the floor.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Runner {
    /// No technique: the least that the work takes on this machine.
    BareLoop,
    /// A technique.
    #[serde(untagged)]
    Contestant(Contestant),
}

impl Runner {
    /// The contestant, if it is one.
    pub const fn contestant(self) -> Option<Contestant> {
        match self {
            Self::BareLoop => None,
            Self::Contestant(contestant) => Some(contestant),
        }
    }

    /// Its name, as exports have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BareLoop => "bare-loop",
            Self::Contestant(contestant) => contestant.name(),
        }
    }

    /// The program that runs it.
    pub const fn program(self) -> &'static str {
        match self {
            Self::BareLoop => "compare",
            Self::Contestant(contestant) => contestant.program(),
        }
    }

    /// What makes it of its program, beside the workload's own arguments.
    pub const fn flags(self) -> &'static [&'static str] {
        match self {
            Self::BareLoop => &[],
            Self::Contestant(contestant) => contestant.flags(),
        }
    }
}

impl From<Contestant> for Runner {
    fn from(contestant: Contestant) -> Self {
        Self::Contestant(contestant)
    }
}

impl PartialEq<Contestant> for Runner {
    fn eq(&self, other: &Contestant) -> bool {
        self.contestant() == Some(*other)
    }
}

impl fmt::Display for Runner {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_technique_has_a_name_colours_and_a_mark_of_its_own() {
        for (place, one) in Contestant::COLUMNS.into_iter().enumerate() {
            for other in &Contestant::COLUMNS[place + 1..] {
                assert_ne!(one.name(), other.name());
                assert_ne!(one.mark(), other.mark(), "{one} and {other}");
                for (colour, another) in one.colours().iter().zip(other.colours()) {
                    assert_ne!(*colour, another, "{one} and {other}");
                }
            }
        }
    }

    #[test]
    fn exports_name_the_bare_loop_beside_contestants() {
        for (runner, name) in [
            (Runner::BareLoop, "\"bare-loop\""),
            (AsyncioMultiThread.into(), "\"asyncio-multi-thread\""),
        ] {
            assert_eq!(serde_json::to_string(&runner).unwrap(), name);
            assert_eq!(serde_json::from_str::<Runner>(name).unwrap(), runner);
            assert_eq!(format!("\"{runner}\""), name);
        }
        assert!(serde_json::from_str::<Runner>("\"nothing\"").is_err());
    }
}
