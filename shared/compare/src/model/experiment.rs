//! A row: one kind of work, and what each contestant did of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::load::Load;
use crate::model::places;
use crate::model::rows::Row;
use crate::model::run::{Outcome, Peak, Run};
use crate::model::stats::{Estimate, Samples};
use crate::model::technique::{Contestant, Runner};

/// One kind of work, done by several contestants in turn: a row.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Experiment {
    /// What it is called: the workload's name, or what a probe finds out.
    pub name: Row,
    /// The Python that does it; `None` if Rust does.
    #[serde(default)]
    pub interpreter: Option<String>,
    /// What it is for.
    pub kind: Kind,
    /// The size of the work, in words.
    pub label: String,
    /// What no technique can beat.
    pub floor: Floor,
    /// Items in one unit of the work: list entries, squares, steps; 1 if a unit has none.
    pub per_unit: f64,
    /// How much work that is, if it is the same for all and takes CPU time.
    pub work: Option<Work>,
    /// One round is all there is, and it is sampled for memory while it is timed.
    pub once: bool,
    /// How the server that it downloads from misbehaves, as `--faults` says it; `None` if it does not.
    #[serde(default)]
    pub faults: Option<String>,
    /// What is asked of the programs, if they serve.
    #[serde(default)]
    pub load: Option<Load>,
    /// How the programs are run.
    pub conditions: Conditions,
    /// The cells, one for each runner.
    pub cells: Vec<Cell>,
}

/// What an experiment is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A workload that waits: a row of the workload table.
    Waiting,
    /// A workload that computes: a row of the workload table.
    Computing,
    /// A download within limits, from a server that misbehaves or one that could: a row of the table of bad networks.
    Limited,
    /// A probe that a conclusion needs.
    Probe,
}

/// An amount of work: list entries, squares, steps of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Work {
    /// Items in a timed run.
    pub items: f64,
    /// Items in the warm-up, which must be fewer.
    pub warm_up_items: f64,
    /// CPU seconds below which an item cannot have been worked on.
    pub least: f64,
}

/// Why no technique can be faster, and than what.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Floor {
    /// It is not known.
    Unknown,
    /// The story's own time.
    Story {
        /// Seconds.
        seconds: f64,
    },
    /// What the server itself waited, times the turns that so many requests take at this width.
    Served {
        /// Requests, one after another, on each of the connections.
        turns: u64,
    },
    /// The bare loop, run among the others, which spreads its work over so many cores.
    BareLoop {
        /// 1 if the bare loop is itself as wide as the others.
        cores: u64,
    },
    /// The CPU time of the sequential run, spread over so many cores.
    Spread {
        /// Cores.
        cores: u64,
    },
}

/// The part of a contestant, or of the bare loop, in an experiment.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Cell {
    /// The technique, or the bare loop.
    #[serde(rename = "contestant")]
    pub runner: Runner,
    /// The program's arguments, without the server's address.
    pub arguments: Vec<String>,
    /// The same for the warm-up, which is smaller; `None` if there is none.
    pub warm_up_arguments: Option<Vec<String>>,
    /// The warm-up round: memory is sampled in it, time is not taken from it.
    pub warm_up: Option<Outcome>,
    /// The timed rounds.
    pub rounds: Vec<Outcome>,
}

/// Under which conditions a child runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Conditions {
    /// Confined to one core.
    pub one_core: bool,
    /// Downloads from the server.
    pub served: bool,
    /// Dying is an answer, not a failure of the comparison.
    pub may_die: bool,
    /// Thousands of units start and end, after which the kernel clears away.
    #[serde(default)]
    pub crowd: bool,
    /// Seconds that the slowest contestant is expected to take.
    pub expected: f64,
}

/// Why a number is missing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not measured: {}", self.reason())]
pub enum NotMeasured {
    /// It was not asked for; this is what it is called.
    LeftOut(String),
    /// Its turn has not come.
    NoRun,
    /// A run failed, and why.
    Failed(String),
    /// What was measured does not decide it, and why not.
    Undecided(String),
}

impl NotMeasured {
    /// The reason in a few words.
    pub fn reason(&self) -> String {
        match self {
            Self::LeftOut(name) => format!("{name} was left out"),
            Self::NoRun => "no run was made".to_owned(),
            Self::Failed(reason) | Self::Undecided(reason) => reason.clone(),
        }
    }
}

impl Experiment {
    /// The part of a contestant, or of the bare loop.
    pub fn cell(&self, runner: impl Into<Runner>) -> Option<&Cell> {
        let runner = runner.into();
        self.cells.iter().find(|cell| cell.runner == runner)
    }

    /// The contestants, each with its part.
    pub fn contestants(&self) -> impl Iterator<Item = (Contestant, &Cell)> {
        let cells = self.cells.iter();
        cells.filter_map(|cell| Some((cell.runner.contestant()?, cell)))
    }

    /// How many seconds the part of `who` took, as seen from inside.
    ///
    /// # Errors
    ///
    /// If it was not measured.
    pub fn took(&self, who: Contestant) -> Result<f64, NotMeasured> {
        let cell = self.cell(who);
        let cell = cell.ok_or_else(|| NotMeasured::LeftOut(who.to_string()))?;
        Ok(cell.estimate(|run| Some(run.seconds))?.median)
    }

    /// The command for a shell that repeats one timed run of `cell`; `None` if no single one does, because nodes and a broker have to
    /// run beside it.
    pub fn command(&self, cell: &Cell) -> Option<String> {
        if cell.runner == Contestant::Cluster {
            return None;
        }
        let pin = match self.conditions.one_core {
            true => format!("taskset --cpu-list {} ", places::one_core()),
            false => String::new(),
        };
        let program = places::beside(cell.runner.program());
        let words = [program.as_str()].into_iter();
        let arguments = cell.arguments.iter().map(String::as_str);
        let flags = cell.runner.flags().iter().copied();
        let faults = self.faults.as_deref();
        let faults = faults.into_iter().flat_map(|faults| ["--faults", faults]);
        let command: Vec<_> = words.chain(arguments).chain(flags).chain(faults).collect();
        let command = pin + &command.join(" ");
        Some(match &self.load {
            Some(load) => under(&command, load),
            // All others start a server of their own.
            None if self.conditions.served && cell.runner == Runner::BareLoop => beside(
                &format!("{} --port 8000", places::beside("server")),
                &format!("{command} --server http://127.0.0.1:8000"),
            ),
            None => command,
        })
    }
}

/// The command that starts a server, puts it under this load and ends it.
fn under(server: &str, load: &Load) -> String {
    // A question mark means something to a shell.
    let quoted = |word: String| match word.starts_with('/') {
        true => format!("'{word}'"),
        false => word,
    };
    let arguments: Vec<_> = load.arguments().into_iter().map(quoted).collect();
    let load = format!(
        "{} http://127.0.0.1:8000{} {}",
        places::beside("load"),
        load.page,
        arguments.join(" ")
    );
    beside(&server.replace("--port 0", "--port 8000"), &load)
}

/// Both, and the server ends with the other.
fn beside(server: &str, command: &str) -> String {
    format!("{server} & sleep 1; {command}; kill $!")
}

impl Cell {
    /// Whether it is the part of one of these.
    pub fn is_of(&self, who: &[Contestant]) -> bool {
        let contestant = self.runner.contestant();
        contestant.is_some_and(|contestant| who.contains(&contestant))
    }

    /// The timed runs that ended well.
    pub fn runs(&self) -> impl Iterator<Item = &Run> {
        self.rounds.iter().filter_map(Outcome::run)
    }

    /// The estimate of what `reading` reads off every timed run.
    ///
    /// # Errors
    ///
    /// If a run failed, or none was made.
    pub fn estimate(&self, reading: impl Fn(&Run) -> Option<f64>) -> Result<Estimate, NotMeasured> {
        Estimate::of(&self.read(reading)?).ok_or(NotMeasured::NoRun)
    }

    /// What `reading` reads off every timed run.
    ///
    /// # Errors
    ///
    /// If a run failed, or none was made.
    pub fn samples(&self, reading: impl Fn(&Run) -> Option<f64>) -> Result<Samples, NotMeasured> {
        Samples::of(self.read(reading)?).ok_or(NotMeasured::NoRun)
    }

    fn read(&self, reading: impl Fn(&Run) -> Option<f64>) -> Result<Vec<f64>, NotMeasured> {
        match self.failure() {
            Some(reason) => Err(NotMeasured::Failed(reason)),
            None => Ok(self.runs().filter_map(reading).collect()),
        }
    }

    /// Wall-clock seconds.
    ///
    /// # Errors
    ///
    /// If a run failed, or none was made.
    pub fn wall(&self) -> Result<Estimate, NotMeasured> {
        self.estimate(|run| Some(run.wall))
    }

    /// Most memory, threads and processes seen in a run that was sampled.
    pub fn peak(&self) -> Option<Peak> {
        let mut outcomes = self.warm_up.iter().chain(&self.rounds);
        outcomes.find_map(|outcome| outcome.run()?.peak)
    }

    /// Why the first run that failed did.
    pub fn failure(&self) -> Option<String> {
        let mut outcomes = self.warm_up.iter().chain(&self.rounds);
        outcomes.find_map(Outcome::failure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::model::technique::Contestant::*;

    fn command(name: Row, runner: impl Into<Runner>) -> Option<String> {
        let results = fixtures::with_machines();
        let row = results.row(name);
        row.command(row.cell(runner).unwrap())
    }

    #[test]
    fn a_command_names_the_programs_beside_this_one_and_the_core_that_is_taken() {
        let here = std::env::current_exe().unwrap();
        let start = std::env::current_dir().unwrap();
        let folder = here.parent().unwrap();
        let folder = folder.strip_prefix(start).unwrap_or(folder).display();
        let core = places::one_core();
        assert_eq!(
            command(Row::Ticker, Threading).unwrap(),
            format!("taskset --cpu-list {core} {folder}/threading ticker --size 100")
        );
    }

    #[test]
    fn the_bare_loop_is_repeated_with_a_server_that_it_cannot_start_itself() {
        let fetches = command(Row::Cats, Runner::BareLoop).unwrap();
        let [server, rest] = fetches.split_once(" & sleep 1; ").unwrap().into();
        assert!(server.ends_with("/server --port 8000"), "{fetches}");
        assert!(
            rest.ends_with(" --server http://127.0.0.1:8000; kill $!"),
            "{fetches}"
        );
        let computes = command(Row::Hashes, Runner::BareLoop).unwrap();
        assert!(!computes.contains("server"), "{computes}");
        let cats = command(Row::Cats, Threading).unwrap();
        assert!(!cats.contains("server"), "{cats}");
    }

    #[test]
    fn what_needs_nodes_and_a_broker_has_no_command_of_its_own() {
        assert_eq!(command(Row::Hashes, Cluster), None);
    }
}
