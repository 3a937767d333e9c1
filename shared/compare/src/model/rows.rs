//! The names of rows, and what more than one stage knows of them.

use std::fmt;
use std::str::FromStr;

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A row, by its name, which exports and saved results have as well: `ticker-any-core`. Where one is renamed or goes,
/// [`VERSION`](super::results::VERSION) grows.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    ValueEnum,
)]
#[serde(into = "String", try_from = "String")]
#[schemars(with = "String")]
pub enum Row {
    Waiter,
    Hello,
    Sites,
    Cats,
    Lists,
    Squares,
    Hashes,
    /// Pages from a server that behaves, within limits.
    SitesGood,
    /// The same pages from one that does not.
    SitesBad,
    /// Ten thousand greetings in flight.
    HelloCrowd,
    CatsCrowd,
    SleepersCrowd,
    Ticker,
    TickerAnyCore,
    /// Two units that give way to each other on one core.
    Switch,
    PingpongOneCore,
    PingpongAnyCore,
    /// Between sides that look for the message before they sleep.
    PingpongSpinningOneCore,
    PingpongSpinningAnyCore,
    StartOne,
    StartMany,
    Blocking,
    BlockingOffloaded,
    CrashError,
    CrashPanic,
    CrashAbort,
    CrashPool,
    Race,
    RaceCall,
    /// The search for the highest rate that the servers answer in time.
    ServeRate,
    /// The servers while some of the requests compute.
    ServeMix,
    /// The servers beside clients that send a byte a second.
    ServeSlow,
    /// The servers when one request panics.
    ServePanic,
    /// The same when one aborts its process.
    ServeAbort,
    /// The same when one has its process killed.
    ServeKill,
    /// Tasks of the cluster, each in a message of its own.
    TasksAlone,
    /// Many tasks in a message.
    TasksChunks,
    /// Tasks that take a worker's time.
    TasksLong,
    /// Tasks while a node is killed.
    TasksLostNode,
    /// Tasks while their broker is killed.
    TasksLostBroker,
    /// In Python alone: SHA-256 of large buffers, for which its lock is released.
    HashesBuffers,
    /// In Python alone: an interpreter for each thread.
    HashesInterpreters,
    /// In Python alone: a session for each request, as its document has it.
    CatsPublished,
    /// In Python alone: a unit aborts in a `Pool`.
    #[value(name = "crash-Pool")]
    CrashPythonPool,
    /// In Python alone: a unit aborts in a `ProcessPoolExecutor`.
    #[value(name = "crash-ProcessPoolExecutor")]
    CrashExecutor,
    /// A reader's own work.
    Work,
    /// A point of a sweep, and where it stands: `when-unit-1000`.
    #[value(skip)]
    At(Sweep, u64),
}

/// One thing at several sizes, each of which is a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Sweep {
    /// Steps in a unit of work.
    WhenUnit,
    /// Units asleep.
    WhenAsleep,
    /// Microseconds for which a call blocks.
    WhenBlocking,
    /// The same, moved off the event loop.
    WhenOffloaded,
    /// Workers that compute.
    WhenComputing,
    /// Workers that wait.
    WhenWaiting,
    /// Bytes of a message of numbers, which are serialised one by one.
    MessageNumbers,
    /// Bytes of a message that is copied as it is.
    MessageBytes,
    /// Bytes in memory that both sides see.
    MessageShared,
    /// Connections that the servers hold.
    ServeOpen,
}

/// What can be asked for by name: a workload, or a family of probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Family {
    Waiter,
    Hello,
    Sites,
    Cats,
    Lists,
    Squares,
    Hashes,
    Ticker,
    Switch,
    Pingpong,
    Start,
    Blocking,
    Crash,
    Race,
    Message,
    Sleepers,
    When,
    Serve,
    Tasks,
}

impl Row {
    /// The rows of the workload table.
    pub const WORKLOADS: [Self; 7] = [
        Self::Waiter,
        Self::Hello,
        Self::Sites,
        Self::Cats,
        Self::Lists,
        Self::Squares,
        Self::Hashes,
    ];

    /// The family that it belongs to; `None` for a reader's own work.
    pub const fn family(self) -> Option<Family> {
        Some(match self {
            Self::Waiter => Family::Waiter,
            Self::Hello | Self::HelloCrowd => Family::Hello,
            Self::Sites | Self::SitesGood | Self::SitesBad => Family::Sites,
            Self::Cats | Self::CatsCrowd | Self::CatsPublished => Family::Cats,
            Self::Lists => Family::Lists,
            Self::Squares => Family::Squares,
            Self::Hashes | Self::HashesBuffers | Self::HashesInterpreters => Family::Hashes,
            Self::Ticker | Self::TickerAnyCore => Family::Ticker,
            Self::Switch => Family::Switch,
            Self::PingpongOneCore
            | Self::PingpongAnyCore
            | Self::PingpongSpinningOneCore
            | Self::PingpongSpinningAnyCore => Family::Pingpong,
            Self::StartOne | Self::StartMany => Family::Start,
            Self::Blocking | Self::BlockingOffloaded => Family::Blocking,
            Self::CrashError
            | Self::CrashPanic
            | Self::CrashAbort
            | Self::CrashPool
            | Self::CrashPythonPool
            | Self::CrashExecutor => Family::Crash,
            Self::Race | Self::RaceCall => Family::Race,
            Self::SleepersCrowd => Family::Sleepers,
            Self::ServeRate
            | Self::ServeMix
            | Self::ServeSlow
            | Self::ServePanic
            | Self::ServeAbort
            | Self::ServeKill
            | Self::At(Sweep::ServeOpen, _) => Family::Serve,
            Self::TasksAlone
            | Self::TasksChunks
            | Self::TasksLong
            | Self::TasksLostNode
            | Self::TasksLostBroker => Family::Tasks,
            Self::At(Sweep::MessageNumbers | Sweep::MessageBytes | Sweep::MessageShared, _) => {
                Family::Message
            }
            Self::At(..) => Family::When,
            Self::Work => return None,
        })
    }

    /// Where it stands, if it is a point of `sweep`.
    pub fn place_in(self, sweep: Sweep) -> Option<u64> {
        match self {
            Self::At(of, place) if of == sweep => Some(place),
            _ => None,
        }
    }
}

impl Row {
    /// Whether a rule that looks at this row looks at `other`: itself, and any point of a sweep whose points are up to the system.
    pub fn stands_for(self, other: Self) -> bool {
        match (self, other) {
            (Self::At(sweep, _), Self::At(of, _)) if sweep.ends_with_the_system() => sweep == of,
            _ => self == other,
        }
    }
}

impl Sweep {
    /// Whether it goes as far as the system lets it, and not to the same place everywhere.
    const fn ends_with_the_system(self) -> bool {
        // Connections need descriptors, and there are workers for each core.
        matches!(self, Self::ServeOpen | Self::WhenComputing)
    }
}

impl Family {
    /// The downloads: one file of each technique does them all.
    pub const DOWNLOADS: [Self; 3] = [Self::Hello, Self::Sites, Self::Cats];
    /// The computations, likewise.
    pub const COMPUTATIONS: [Self; 3] = [Self::Lists, Self::Squares, Self::Hashes];

    /// The row that is called as the family is, if there is one.
    pub fn row(self) -> Option<Row> {
        self.to_string().parse().ok()
    }
}

/// The name that clap takes and shows.
fn name(value: &impl ValueEnum) -> String {
    let value = value.to_possible_value();
    let value = value.expect("only a point of a sweep is skipped, which has another name");
    value.get_name().to_owned()
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::At(sweep, place) => f.pad(&format!("{sweep}-{place}")),
            row => f.pad(&name(row)),
        }
    }
}

impl FromStr for Row {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let point = || {
            let (sweep, place) = text.rsplit_once('-')?;
            Some(Self::At(
                Sweep::from_str(sweep, false).ok()?,
                place.parse().ok()?,
            ))
        };
        <Self as ValueEnum>::from_str(text, false)
            .ok()
            .or_else(point)
            .ok_or_else(|| format!("no row is called \"{text}\""))
    }
}

impl From<Row> for String {
    fn from(row: Row) -> Self {
        row.to_string()
    }
}

impl TryFrom<String> for Row {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for Sweep {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(&name(self))
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(&name(self))
    }
}

/// So many rounds of a sweep tell a break-even. Each has an answer of its own, and the ranges of two runs of one truth, from the
/// least to the most, meet in all but 2 of 70 cases, whatever the noise is like: that all of one run lie beyond all of the other is
/// one of the 70 ways, equally likely, in which eight answers fall into two runs, and so is the contrary.
pub const BREAK_EVEN_ROUNDS: usize = 4;

/// How many calls that block are made at once to see whether they overlap.
pub const BLOCKING_CALLS: u32 = 10;
/// Seconds for which each of them blocks.
pub const BLOCKING_NAP: f64 = 0.02;

/// What the load of a server reads off itself: CPU seconds in all, the share of a core while requests were due, and by how many
/// seconds 99% of its requests were late at most when they were sent.
pub const LOAD_CPU: &str = "load_cpu";
pub const LOAD_BUSY: &str = "load_busy";
pub const LOAD_LATE: &str = "load_late";
/// How many connections were answered before the load began.
pub const GREETED: &str = "greeted";
/// How many connections the server ended before the load did.
pub const ENDED: &str = "ended";
/// 1 if the server was gone when the load was over.
pub const SERVER_GONE: &str = "server_gone";
/// 1 if Python's tasks ran on uvloop.
pub const UVLOOP: &str = "uvloop";
/// What a search found: answers a second when more requests are due, and the highest rate that was answered in time.
pub const MOST: &str = "most";
pub const HIGHEST: &str = "highest";

/// What was read off the processes of the cluster that a run has not started: CPU seconds of the nodes, which count as the run's own, and
/// of the broker, which do not.
pub const NODES_CPU: &str = "nodes_cpu";
pub const BROKER_CPU: &str = "broker_cpu";
/// How many tasks waited when the last was sent.
pub const TASKS_WAITING: &str = "waiting";
/// Every reading, with what it is a number of.
pub const READINGS: [(&str, Unit); 17] = [
    (LOAD_CPU, Unit::Seconds),
    (LOAD_BUSY, Unit::Share),
    (LOAD_LATE, Unit::Seconds),
    (GREETED, Unit::Count),
    (ENDED, Unit::Count),
    (SERVER_GONE, Unit::Truth),
    (UVLOOP, Unit::Truth),
    (MOST, Unit::Rate),
    (HIGHEST, Unit::Rate),
    (NODES_CPU, Unit::Seconds),
    (BROKER_CPU, Unit::Seconds),
    (TASKS_WAITING, Unit::Count),
    // What programs read off themselves, in Rust and in Python.
    ("longest_gap", Unit::Seconds),
    ("ticks", Unit::Count),
    ("lost", Unit::Count),
    ("hung_after", Unit::Seconds),
    ("most_connections", Unit::Count),
];

/// What a reading is a number of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things that are counted.
    Count,
    /// Answers a second.
    Rate,
    /// Seconds.
    Seconds,
    /// A share of one.
    Share,
    /// 1 for what is so.
    Truth,
}

/// Seconds that each of the tasks sleeps that take a worker's time.
pub const TASKS_NAP: f64 = 0.01;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::model::places;

    /// The names of the readings that programs below this folder take, in Rust or in Python.
    fn readings(folder: &Path, names: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                readings(&path, names);
            } else if let Ok(text) = fs::read_to_string(&path) {
                let (source, _) = text.split_once("#[cfg(test)]").unwrap_or((&text, ""));
                for before in ["with_reading(\"", "readings[\"", "readings={\""] {
                    let names_here = source.split(before).skip(1);
                    let names_here = names_here.filter_map(|rest| rest.split('"').next());
                    names.extend(names_here.map(str::to_owned));
                }
            }
        }
    }

    #[test]
    fn every_reading_of_a_program_has_a_unit() {
        let mut names = BTreeSet::new();
        for folder in [
            "shared/src",
            "shared/python/story",
            "multiprocessing/cluster/src",
        ] {
            readings(&places::workspace().unwrap().join(folder), &mut names);
        }
        assert!(names.len() >= 4, "{names:?}");
        for name in names {
            assert!(READINGS.iter().any(|(known, _)| *known == name), "{name}");
        }
    }

    fn all() -> impl Iterator<Item = Row> {
        let sweeps = Sweep::value_variants().iter();
        let points = sweeps.map(|sweep| Row::At(*sweep, 64));
        Row::value_variants().iter().copied().chain(points)
    }

    #[test]
    fn every_row_is_read_back_from_its_name() {
        for row in all() {
            let json = serde_json::to_string(&row).unwrap();
            assert_eq!(json, format!("\"{row}\""));
            assert_eq!(serde_json::from_str::<Row>(&json).unwrap(), row);
        }
    }

    #[test]
    fn saved_results_and_command_lines_have_these_names() {
        for (row, name) in [
            (Row::Waiter, "waiter"),
            (Row::TickerAnyCore, "ticker-any-core"),
            (Row::CrashPool, "crash-pool"),
            (Row::CrashPythonPool, "crash-Pool"),
            (Row::CrashExecutor, "crash-ProcessPoolExecutor"),
            (Row::At(Sweep::WhenUnit, 30_000), "when-unit-30000"),
            (Row::At(Sweep::ServeOpen, 500), "serve-open-500"),
        ] {
            assert_eq!(row.to_string(), name);
        }
    }

    #[test]
    fn a_name_begins_with_that_of_its_family() {
        for row in all() {
            let family = row.family().map(|family| family.to_string());
            let name = row.to_string();
            let begin = name.split('-').next().unwrap();
            assert_eq!(begin, family.as_deref().unwrap_or("work"));
        }
    }

    #[test]
    fn a_name_that_no_row_has_is_refused() {
        for name in [
            "",
            "dogs",
            "Waiter",
            "waiter-",
            "when-unit",
            "when-unit-",
            "when-unit-x",
        ] {
            let refusal = name.parse::<Row>().unwrap_err();
            assert_eq!(refusal, format!("no row is called \"{name}\""));
        }
    }
}
