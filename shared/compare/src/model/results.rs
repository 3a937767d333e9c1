//! The one structure: what was planned, and what has been measured of it.
//!
//! A plan is a structure in which nothing has been measured yet, an interrupted run one in which something is missing.
//! Tables, exports and conclusions are renderings of it; nothing is measured while rendering.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context, ensure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::Receipt;
use tempfile::Builder;

use crate::judge::screening;
use crate::judge::stats::Estimate;
use crate::measure::limits::Cause;
use crate::measure::machine::Machine;
use crate::measure::noise::Noise;
use crate::measure::python::Python;
use crate::model::options::{Extent, Size};
use crate::model::technique::Contestant;
use crate::plan::experiments::plan;
use crate::plan::lines;

/// Version of the structure: files of another one are refused, not misread.
pub const VERSION: u32 = 3;

/// Everything that one run of `compare` found out.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Results {
    /// [`VERSION`] of the program that wrote it.
    #[schemars(extend("const" = VERSION))]
    pub version: u32,
    /// Whether the run came to its end, or was interrupted.
    pub complete: bool,
    /// How much was asked for.
    pub size: Size,
    /// Timed rounds of a row at most; one whose runs agree sooner has fewer.
    pub rounds: usize,
    /// Runs that were repeated because others disturbed them.
    pub repeated: u64,
    /// Where and when.
    pub machine: Machine,
    /// What was done, in the order of the report.
    pub experiments: Vec<Experiment>,
    /// How many units each technique can keep alive.
    pub ladders: Vec<Ladder>,
    /// Lines of code of each technique's three workload files.
    pub lines: BTreeMap<Contestant, u64>,
    /// The same story in Python, if any interpreter was named.
    #[serde(default)]
    pub pythons: Vec<Python>,
}

/// One kind of work, done by several contestants in turn: a row.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Experiment {
    /// What it is called: the workload's name, or what a probe finds out.
    pub name: String,
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
    /// How much work that is, if it is the same work for everybody and takes CPU time.
    pub work: Option<Work>,
    /// One round is all there is, and it is sampled for memory while it is timed.
    pub once: bool,
    /// How the server that it downloads from misbehaves, as `--faults` says it; `None` if it does not.
    #[serde(default)]
    pub faults: Option<String>,
    /// How the programs are run.
    pub conditions: Conditions,
    /// Who takes part.
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
    /// Nobody knows.
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

/// One contestant's part in an experiment.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Cell {
    /// Who.
    pub contestant: Contestant,
    /// What the program is told, without the server's address.
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
    /// Seconds that the slowest contestant is expected to take.
    pub expected: f64,
}

/// How a run of a child ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It did its work and handed in a receipt.
    Ran(Box<Run>),
    /// It did not, and why.
    Failed(String),
    /// It did not end, and was killed after so many seconds.
    Hung(f64),
}

impl Outcome {
    /// The run, if it ended well.
    pub fn run(&self) -> Option<&Run> {
        match self {
            Self::Ran(run) => Some(run),
            Self::Failed(_) | Self::Hung(_) => None,
        }
    }

    /// What went wrong, if anything did.
    pub fn failure(&self) -> Option<String> {
        match self {
            Self::Ran(_) => None,
            Self::Failed(reason) => Some(reason.clone()),
            Self::Hung(seconds) => Some(format!("hung: killed after {seconds:.0} s")),
        }
    }
}

/// What was measured of a child, from outside unless it says otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// Seconds from starting the program to its end.
    pub wall: f64,
    /// CPU seconds in the program and the processes it waited for.
    pub user: f64,
    /// CPU seconds in the kernel on their behalf.
    pub system: f64,
    /// Times that they gave up the core to wait for something.
    pub voluntary: u64,
    /// Times that the core was taken from them.
    pub involuntary: u64,
    /// Seconds as seen from inside, without starting and ending the program.
    pub seconds: f64,
    /// What it did, in its own words, checked.
    #[schemars(with = "crate::render::schema::Receipt")]
    pub receipt: Receipt,
    /// Most memory seen at once, if this run was sampled.
    pub peak: Option<Peak>,
    /// Mean seconds for which the server held back a page that was asked to wait.
    pub served_after: Option<f64>,
    /// What others did to this run; `None` if nobody looked.
    pub noise: Option<Noise>,
}

impl Run {
    /// CPU seconds in all.
    pub fn cpu(&self) -> f64 {
        self.user + self.system
    }
}

/// A contestant at its largest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Peak {
    /// Bytes of memory of all its processes, what they share counted once (PSS).
    pub memory: u64,
    /// Bytes of it that belong to one process alone.
    pub private: u64,
    /// Threads.
    pub threads: u64,
    /// Processes.
    pub processes: u64,
    /// Memory maps of the process that had most.
    pub maps: u64,
    /// Open files of the process that had most.
    pub files: u64,
}

/// A technique's climb: ever more units asleep at once.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Ladder {
    /// Who climbed.
    pub contestant: Contestant,
    /// Seconds that every unit sleeps: the ideal, however many units there are.
    pub nap: f64,
    /// Whether it went on where it was too slow, until something broke.
    pub cliff: bool,
    /// What was tried, fewest units first.
    pub steps: Vec<Step>,
    /// Why the climb ended.
    pub end: End,
}

/// One step of a climb.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// Units asleep at once.
    pub units: u64,
    /// How it went.
    pub outcome: Outcome,
}

/// Why a climb ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Nothing stood in the way of the last step.
    Top,
    /// It took longer than [`TOO_SLOW`] times the ideal.
    TooSlow,
    /// The next step would have taken more memory than this run may use.
    Budget {
        /// Bytes that it would have taken.
        needed: u64,
        /// Bytes that it may take.
        allowed: u64,
    },
    /// The climb had taken its time.
    OutOfTime,
    /// The program failed, and why.
    Failed(Cause),
}

/// A step of a climb that takes longer than this many times the ideal is too slow.
pub const TOO_SLOW: f64 = 1.5;

impl Ladder {
    /// The steps that ended in time, with all units.
    pub fn good(&self) -> impl DoubleEndedIterator<Item = (u64, &Run)> {
        self.steps.iter().filter_map(|step| {
            let run = step.outcome.run()?;
            self.in_time(run).then_some((step.units, run))
        })
    }

    /// The most units that ended well.
    pub fn most(&self) -> Option<u64> {
        let too_many = self.least_too_many().unwrap_or(u64::MAX);
        self.good()
            .map(|(units, _)| units)
            .filter(|units| *units < too_many)
            .max()
    }

    /// The fewest units that did not.
    pub fn least_too_many(&self) -> Option<u64> {
        let bad = self.steps.iter().filter(|step| {
            let run = step.outcome.run();
            run.is_none_or(|run| !self.in_time(run))
        });
        bad.map(|step| step.units).min()
    }

    fn in_time(&self, run: &Run) -> bool {
        self.cliff || run.seconds <= TOO_SLOW * self.nap
    }
}

/// Why a number is missing, in a few words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not measured: {0}")]
pub struct NotMeasured(pub String);

impl NotMeasured {
    /// Whether that is because nobody asked for it.
    pub fn left_out(&self) -> bool {
        self.0.ends_with("left out")
    }
}

impl Results {
    /// All that was asked for, on this machine, with nothing measured yet.
    pub fn planned(extent: &Extent) -> Self {
        let machine = Machine::here();
        let lines = Contestant::CONCLUDED.map(|who| Some((who, lines::of(who).ok()?)));
        Self {
            version: VERSION,
            complete: false,
            size: extent.size(),
            rounds: *extent.rounds().end(),
            repeated: 0,
            experiments: plan(extent, machine.cores),
            machine,
            ladders: Vec::new(),
            lines: lines.into_iter().flatten().collect(),
            pythons: Vec::new(),
        }
    }

    /// Whether no timed run has come to an end, and no climb.
    pub fn is_empty(&self) -> bool {
        let pythons = || self.pythons.iter();
        let ladders = pythons().flat_map(|python| &python.ladders);
        let rows = pythons().flat_map(|python| &python.experiments);
        self.ladders.iter().chain(ladders).next().is_none()
            && (self.experiments.iter().chain(rows))
                .flat_map(|row| &row.cells)
                .all(|cell| cell.rounds.is_empty())
    }

    /// The workload rows.
    pub fn workloads(&self) -> impl Iterator<Item = &Experiment> {
        self.experiments
            .iter()
            .filter(|experiment| matches!(experiment.kind, Kind::Waiting | Kind::Computing))
    }

    /// The experiment of this name.
    pub fn experiment(&self, name: &str) -> Result<&Experiment, NotMeasured> {
        self.experiments
            .iter()
            .find(|experiment| experiment.name == name)
            .ok_or_else(|| NotMeasured(format!("{name} was left out")))
    }

    /// `contestant`'s climb.
    pub fn ladder(&self, contestant: Contestant) -> Result<&Ladder, NotMeasured> {
        let mut ladders = self.ladders.iter();
        let ladder = ladders.find(|ladder| ladder.contestant == contestant);
        ladder.ok_or_else(|| NotMeasured("the ladder was left out".to_owned()))
    }

    /// `contestant`'s part in the experiment of this name.
    pub fn cell(&self, name: &str, contestant: Contestant) -> Result<&Cell, NotMeasured> {
        self.experiment(name)?
            .cell(contestant)
            .ok_or_else(|| NotMeasured(format!("{contestant} was left out")))
    }

    /// The median of what `reading` reads off every timed run of a cell.
    pub fn median(
        &self,
        name: &str,
        contestant: Contestant,
        reading: impl Fn(&Run) -> Option<f64>,
    ) -> Result<f64, NotMeasured> {
        Ok(self.cell(name, contestant)?.estimate(reading)?.median)
    }

    /// Whether every run that was to end well did, with the same work in a row.
    pub fn all_well(&self) -> bool {
        self.complete
            && self
                .experiments
                .iter()
                .all(|row| screening::pass(row).is_ok())
    }

    /// Reads results back.
    ///
    /// # Errors
    ///
    /// If there is no such file, or it is not one that this version wrote.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let name = path.display();
        let text = fs::read(path)
            .with_context(|| format!("cannot read {name}: `make compare` writes it"))?;
        let Versioned { version } = serde_json::from_slice(&text)
            .with_context(|| format!("{name} holds no results of `make compare`"))?;
        ensure!(
            version == VERSION,
            "{name} is of version {version}, this program reads version {VERSION}: run `make compare` anew"
        );
        serde_json::from_slice(&text).with_context(|| format!("{name} is damaged"))
    }
}

/// Writes a file, whole or not at all, for all to read whom the umask lets.
///
/// # Errors
///
/// If its folder cannot be written to.
pub fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let context = || format!("cannot write {}", path.display());
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).with_context(context)?;
    let ordinary = Permissions::from_mode(0o666);
    let mut file = Builder::new()
        .permissions(ordinary)
        .tempfile_in(folder)
        .with_context(context)?;
    file.write_all(text.as_bytes()).with_context(context)?;
    file.persist(path).with_context(context)?;
    Ok(())
}

impl Experiment {
    /// `contestant`'s part.
    pub fn cell(&self, contestant: Contestant) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.contestant == contestant)
    }

    /// The command that repeats one timed run of `cell`.
    pub fn command(&self, cell: &Cell) -> String {
        let pin = self.conditions.one_core.then_some("taskset --cpu-list 0");
        let program = format!("target/release/{}", cell.contestant.program());
        let words = pin.into_iter().chain([program.as_str()]);
        let arguments = cell.arguments.iter().map(String::as_str);
        let flags = cell.contestant.flags().iter().copied();
        let faults = self.faults.as_deref();
        let faults = faults.into_iter().flat_map(|faults| ["--faults", faults]);
        let command: Vec<_> = words.chain(arguments).chain(flags).chain(faults).collect();
        command.join(" ")
    }
}

impl Cell {
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
        if let Some(reason) = self.failure() {
            return Err(NotMeasured(reason));
        }
        let samples: Vec<_> = self.runs().filter_map(reading).collect();
        Estimate::of(&samples).ok_or_else(|| NotMeasured("no run was made".to_owned()))
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

    #[test]
    fn whoever_may_read_an_ordinary_file_may_read_the_results() {
        let folder = tempfile::tempdir().unwrap();
        let mode = |name| {
            fs::metadata(folder.path().join(name))
                .unwrap()
                .permissions()
        };
        fs::write(folder.path().join("ordinary"), "").unwrap();
        write(&folder.path().join("results"), "{}").unwrap();
        assert_eq!(mode("results"), mode("ordinary"));
    }
}
