//! The command line. `make compare ROUNDS=3` arrives as an environment variable, so every option is one too.

use std::convert::Infallible;
use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{EnumValueParser, FalseyValueParser, PossibleValue, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Args, Parser, Subcommand};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::cli::between;
use shared::faults::Faults;
use url::Url;

use crate::model::archive::Base;
use crate::model::rows::Family;
use crate::model::technique::{Contestant, Runner};

/// The concurrency story, measured: all techniques, all workloads, one conclusion
#[derive(Debug, Parser)]
#[command(name = "compare", version)]
pub struct Options {
    /// What to do instead of measuring.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What to measure.
    #[command(flatten)]
    pub extent: Extent,
}

/// What to do instead of measuring.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the last run's tables again
    Show,
    /// Open the last run's page in a browser, or say where it is
    Open,
    /// Write the last run's page again
    Page,
    /// Write the last run's page, and those of other machines, into a folder that can be served as it is
    Site {
        /// The folder [default: site beside the folder of the runs]
        #[arg(env = given("SITE"), value_name = "FOLDER")]
        folder: Option<PathBuf>,
        /// Runs from other machines, beside those among the kept ones: files of results, or folders that hold one
        #[arg(long, env = given("OTHERS"), value_name = "RUNS", value_delimiter = ',')]
        others: Vec<PathBuf>,
    },
    /// Show a file of two techniques side by side
    Read(Read),
    /// Explain a cell of the last run's tables: its claim, rule, samples, probe and command
    Explain {
        /// The cell, as technique.row: threading.scheduling, asyncio.hashes [default: list all of them]
        #[arg(env = given("CELL"), value_name = "CELL")]
        cell: Option<String>,
    },
    /// Measure your own work in every technique
    Work(Work),
    /// Print the JSON Schema of results.json
    Schema,
    /// Try the rule that ranks on rows with a known answer: about a quarter of an hour
    Calibrate {
        /// Rows of equals; a quarter as many of each job with each known difference
        #[arg(long, env = given("ROWS"), value_name = "N", default_value_t = 200, value_parser = between::<u64>(1, 100_000))]
        rows: u64,
        /// Try instead the verdicts on readers' work, on the files of Rust in a folder, of which the winners are known
        #[arg(long, env = given("WORK"), value_name = "FOLDER")]
        work: Option<PathBuf>,
    },
    /// Put the last run's tables into README.md
    Readme {
        /// Only check that README.md holds generated tables
        #[arg(long)]
        check: bool,
    },
    /// Write the programs that the page's copy buttons copy into a folder
    #[command(hide = true)]
    Copies {
        /// The folder
        folder: PathBuf,
    },
    /// Do a job without any technique: the floor that techniques are measured against
    #[command(hide = true)]
    BareLoop(BareLoop),
}

/// Which file of which techniques to read.
#[derive(Debug, Args)]
pub struct Read {
    /// A workload or probe
    #[arg(env = given("W"), default_value = "download", value_name = "WORKLOAD")]
    pub workload: String,
    /// The technique on the left
    #[arg(env = given("A"), default_value = "sequential", value_name = "TECHNIQUE")]
    pub one: String,
    /// The technique on the right
    #[arg(env = given("B"), default_value = "threading", value_name = "TECHNIQUE")]
    pub other: String,
}

/// A reader's own work.
#[derive(Debug, Args)]
pub struct Work {
    /// A file of Rust (*.rs) or Python (*.py), a command with {} where an item goes, a file of addresses, - for addresses on
    /// standard input, or new for a file to start from
    #[arg(env = given("WORK"), value_name = "WORK", allow_hyphen_values = true)]
    pub work: String,
    /// Files that are the items, as patterns [default: the lines of standard input, or what the file's own `items` says]
    #[arg(long, env = given("ITEMS"), value_name = "PATTERNS")]
    pub items: Option<String>,
    /// Numbers of workers to try [default: doubled until more do not help]
    #[arg(long, env = given("WORKERS"), value_name = "NUMBERS", value_delimiter = ',', value_parser = between::<usize>(1, 10_000))]
    pub workers: Vec<usize>,
    /// Do every item once in each technique, and rank nothing: for work that must not be repeated
    #[arg(long, env = given("ONCE"), value_parser = FalseyValueParser::new())]
    pub once: bool,
    /// The Python that runs a file of Python [default: python3]
    #[arg(long, env = given("PYTHON"), value_name = "NAME")]
    pub python: Option<String>,
    /// Requests to other machines, at most
    #[arg(long, env = given("REQUESTS"), value_name = "N", default_value_t = 200, value_parser = between::<usize>(1, 1_000_000))]
    pub requests: usize,
}

impl Work {
    /// This file, measured as it is by default.
    pub fn of(work: &str) -> Self {
        Self {
            work: work.to_owned(),
            items: None,
            workers: Vec::new(),
            once: false,
            python: None,
            requests: 0,
        }
    }
}

/// How much to measure.
#[derive(Clone, Debug, Args)]
pub struct Extent {
    /// Timed rounds of the workloads; fewer of probes and sweeps [default: a few, and more of what they do not decide, while there is time]
    #[arg(long, env = given("ROUNDS"), value_name = "N", value_parser = between::<u64>(1, 100))]
    rounds: Option<u64>,
    /// The documents' own sizes and times: some minutes a round
    #[arg(long, env = "FULL", value_parser = FalseyValueParser::new())]
    full: bool,
    /// Small sizes and few rounds: half a minute
    #[arg(long, env = "QUICK", value_parser = FalseyValueParser::new())]
    quick: bool,
    /// Measure these workloads and probes alone
    #[arg(long, env = given("ONLY"), value_name = "NAMES", value_delimiter = ',', value_parser = Trimmed(EnumValueParser::<Family>::new()))]
    only: Vec<Family>,
    /// Measure these techniques alone
    #[arg(
        long,
        env = given("TECHNIQUES"),
        value_name = "NAMES",
        value_delimiter = ',',
        value_parser = Trimmed(EnumValueParser::<Contestant>::new())
    )]
    techniques: Vec<Contestant>,
    /// Let ever more units sleep at once, until something breaks: minutes, and most of the memory
    #[arg(long, env = given("LADDER"), value_name = "cliff", value_parser = ["cliff"])]
    ladder: Option<String>,
    /// Add downloads on a bad network: 1, or how the server misbehaves, as in 7:0.3 or hostile
    #[arg(long, env = given("FAULTS"), value_name = "SEED:RATE", num_args = 0..=1, default_missing_value = "1", value_parser = bad_network)]
    faults: Option<BadNetwork>,
    /// Bytes that units asleep at once may take [default: a quarter of what is free, or most of it with --ladder cliff]
    #[arg(long, env = given("MEMORY"), value_name = "BYTES", value_parser = between::<u64>(1_000_000, 1_000_000_000_000_000))]
    pub memory: Option<u64>,
    /// Print the changes since a run: last, how many runs ago (1 is the last one), or a saved file
    #[arg(long, env = given("BASE"), value_name = "RUN", value_parser = |text: &str| Ok::<_, Infallible>(Base::from(text)))]
    pub base: Option<Base>,
    /// Run the quick form N times, print which answers differed, and keep no run
    #[arg(long, env = given("STABLE"), value_name = "N", value_parser = between::<usize>(2, 1000))]
    pub stable: Option<usize>,
    /// Add the cluster: nodes on so many machines, which are made on this one, with a RabbitMQ of their own
    #[arg(long, env = given("MACHINES"), value_name = "N", value_parser = between::<u8>(2, 8))]
    pub machines: Option<u8>,
    /// Measure the same in Python too, with these interpreters
    #[arg(long, env = given("PYTHON"), value_name = "NAMES", value_delimiter = ',')]
    python: Vec<String>,
}

#[cfg(test)]
impl Options {
    /// These options, whatever the environment in which the tests run says.
    pub fn without_environment(arguments: &[&str]) -> Self {
        use clap::builder::Resettable;
        use clap::{CommandFactory, FromArgMatches};

        let command = Self::command().mut_args(|argument| argument.env(Resettable::Reset));
        let words = [&["compare"], arguments].concat();
        Self::from_arg_matches(&command.get_matches_from(words)).unwrap()
    }

    /// What `make TARGET NAME=value` makes of this variable, whatever the environment says.
    pub fn given(target: &str, name: &str, value: &str) -> Result<Self, clap::Error> {
        use clap::builder::Resettable;
        use clap::{Command, CommandFactory, FromArgMatches};

        let all = Self::command();
        let takes = |argument: &Arg| argument.get_env().is_some_and(|it| it == name);
        // A reader's own work is a comparison, too: the Makefile sees WORK and adds the word.
        let own = target == "compare" && !all.get_arguments().any(takes);
        let target = if own { "work" } else { target };
        let command = all.find_subcommand(target).unwrap_or(&all);
        if !command.get_arguments().any(takes) {
            return Err(wrong(format!("make {target} takes no {name}")));
        }
        let tell = |command: Command| {
            command.mut_args(|argument| {
                let named = takes(&argument);
                let argument = argument.env(Resettable::Reset);
                if named {
                    let value: &str = value.to_owned().leak();
                    argument.required(false).default_value(value)
                } else {
                    argument
                }
            })
        };
        let (all, words) = match all.find_subcommand(target) {
            Some(_) if own && name != "WORK" => (
                all.mut_subcommand(target, tell),
                vec!["compare", target, "new"],
            ),
            Some(_) => (all.mut_subcommand(target, tell), vec!["compare", target]),
            None => (all, vec!["compare"]),
        };
        Self::from_arg_matches(&tell(all).try_get_matches_from(words)?)
    }
}

/// How the server misbehaves, as its `--faults` says it; `None` if `FAULTS=` or `FAULTS=0` wants none of it.
#[derive(Clone, Debug)]
struct BadNetwork(Option<String>);

/// Shows every way in which a page can end, in as few pages as a quick run fetches.
const USUAL_FAULTS: &str = "1:0.3";

fn bad_network(text: &str) -> Result<BadNetwork, String> {
    let faults = match text {
        "" | "0" => return Ok(BadNetwork(None)),
        "1" => USUAL_FAULTS,
        faults => faults,
    };
    faults.parse::<Faults>()?;
    Ok(BadNetwork(Some(faults.to_owned())))
}

/// The variable of this name, unless it is set to nothing: `ROUNDS= make compare` is `make compare`.
fn given(name: &'static str) -> Option<&'static str> {
    let value = env::var_os(name);
    value.is_none_or(|value| !value.is_empty()).then_some(name)
}

/// Reads what `P` does, without the blanks around it: `ONLY="hashes, cats"`.
#[derive(Clone)]
struct Trimmed<P>(P);

impl<P: TypedValueParser> TypedValueParser for Trimmed<P> {
    type Value = P::Value;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<P::Value, clap::Error> {
        let trimmed = value.to_str().map_or(value, |text| text.trim().as_ref());
        self.0.parse_ref(command, argument, trimmed)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        self.0.possible_values()
    }
}

/// What is wrong with the command line, and what is allowed, where clap cannot know.
pub fn wrong(message: impl fmt::Display) -> clap::Error {
    clap::Error::raw(ErrorKind::InvalidValue, message)
}

/// Which sizes are measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Size {
    /// Half a minute in all.
    Quick,
    /// A minute and a half in all.
    #[default]
    Usual,
    /// The documents' own.
    Full,
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.pick("quick", "usual", "full"))
    }
}

impl Size {
    /// The value for this size.
    pub fn pick<T>(self, quick: T, usual: T, full: T) -> T {
        match self {
            Self::Quick => quick,
            Self::Usual => usual,
            Self::Full => full,
        }
    }
}

impl Extent {
    /// Refuses what cannot be asked for together. Not clap's part, for which `FULL=0` would be a wish too.
    ///
    /// # Errors
    ///
    /// If both full and quick are wanted, the cluster without machines, or repeated runs with what has no part in them.
    pub fn check(&self) -> Result<(), clap::Error> {
        if self.full && self.quick {
            return Err(wrong("FULL and QUICK exclude each other: choose one"));
        }
        if self.stable.is_some() {
            let beside = [
                ("FULL", self.full, "the quick form is repeated"),
                (
                    "BASE",
                    self.base.is_some(),
                    "no run is compared with an earlier one",
                ),
                (
                    "PYTHON",
                    !self.pythons().is_empty(),
                    "Rust alone is measured",
                ),
            ];
            if let Some((name, _, why)) = beside.iter().find(|(_, given, _)| *given) {
                return Err(wrong(format!(
                    "STABLE and {name} exclude each other: {why}"
                )));
            }
        }
        if self.machines.is_none() && self.techniques.contains(&Contestant::Cluster) {
            return Err(wrong(
                "the cluster takes part on machines alone: add MACHINES=2",
            ));
        }
        Ok(())
    }

    /// Which sizes to measure.
    pub fn size(&self) -> Size {
        match (self.quick, self.full) {
            _ if self.stable.is_some() => Size::Quick,
            (true, _) => Size::Quick,
            (_, true) => Size::Full,
            _ => Size::Usual,
        }
    }

    /// Whether to climb to where something breaks.
    pub fn cliff(&self) -> bool {
        self.ladder.is_some()
    }

    /// How many timed rounds of the workloads were asked for: no more and no fewer.
    pub fn rounds(&self) -> Option<usize> {
        self.rounds.map(|rounds| rounds as usize)
    }

    /// How long a run may take for the sake of rounds that decide what is not decided, ladders and pictures included: half a
    /// minute if it is quick, a minute and a half if it is usual.
    pub fn enough(&self) -> Duration {
        Duration::from_secs(self.size().pick(28, 86, 3600))
    }

    /// How the server misbehaves, if it is to.
    pub fn faults(&self) -> Option<&str> {
        self.faults.as_ref()?.0.as_deref()
    }

    /// Whether to measure the workload or family of probes of this name.
    pub fn includes(&self, family: Family) -> bool {
        self.only.is_empty() || self.names(family)
    }

    /// Whether it leaves out workloads, probes or techniques.
    pub fn partial(&self) -> bool {
        !self.only.is_empty() || !self.techniques.is_empty()
    }

    /// Whether this workload or family of probes was asked for by name.
    pub fn names(&self, family: Family) -> bool {
        self.only.contains(&family)
    }

    /// The names of what alone is measured, as they are given.
    pub fn only(&self) -> String {
        let names: Vec<_> = self.only.iter().map(Family::to_string).collect();
        names.join(",")
    }

    /// The same of all techniques.
    pub fn with_all_techniques(&self) -> Self {
        Self {
            techniques: Vec::new(),
            ..self.clone()
        }
    }

    /// The same on as few machines as a cluster has, if it is on none.
    pub fn on_machines(&self) -> Self {
        Self {
            machines: self.machines.or(Some(2)),
            ..self.clone()
        }
    }

    /// The interpreters to measure beside Rust, each once.
    pub fn pythons(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for name in self.python.iter().map(|name| name.trim()) {
            if !name.is_empty() && !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Whether it takes part. The bare loop always does: a floor belongs to every cell.
    pub fn invites(&self, runner: impl Into<Runner>) -> bool {
        let Some(contestant) = runner.into().contestant() else {
            return true;
        };
        if contestant == Contestant::Cluster && self.machines.is_none() {
            return false;
        }
        self.techniques.is_empty() || self.techniques.contains(&contestant)
    }
}

/// A job without any technique.
#[derive(Debug, Args)]
pub struct BareLoop {
    /// The job.
    #[command(subcommand)]
    pub job: BareJob,
    /// How often to do it
    #[arg(long, global = true, default_value_t = 1, value_name = "N")]
    pub repeat: usize,
    /// Print the receipt as one line of JSON, as this program always does
    #[arg(long, global = true)]
    pub json: bool,
}

/// The jobs that a bare loop exists for.
#[derive(Debug, Subcommand)]
pub enum BareJob {
    /// Fetch twenty photos over connections that never block
    Cats {
        /// Times to fetch each photo
        #[arg(long, default_value_t = 5, value_name = "N")]
        size: usize,
        /// Requests in flight
        #[arg(long, default_value_t = 5, value_name = "N", value_parser = between::<u64>(1, 10_000))]
        workers: u64,
        /// Server to download from
        #[arg(long, value_name = "URL")]
        server: Url,
    },
    /// Twenty chains of SHA-256, one after another on one core
    Hashes {
        /// Digests in a chain
        #[arg(long, default_value_t = 500_000, value_name = "N")]
        size: u32,
    },
}

#[cfg(test)]
mod tests {
    use shared::download::Outcome;

    use super::*;

    fn faults(text: &str) -> Option<String> {
        bad_network(text).unwrap().0
    }

    #[test]
    fn faults_are_wanted_or_not_or_described() {
        assert_eq!((faults(""), faults("0")), (None, None));
        assert_eq!(faults("1").as_deref(), Some(USUAL_FAULTS));
        assert_eq!(faults("hostile").as_deref(), Some("hostile"));
        assert!(bad_network("often").unwrap_err().contains("7:0.3"));
    }

    #[test]
    fn the_usual_faults_show_every_way_in_which_a_page_can_end() {
        let usual: Faults = USUAL_FAULTS.parse().unwrap();
        let (_, tries) = usual.predict(60, 4);
        for outcome in Outcome::ALL {
            assert!(tries.count(outcome) > 0, "{outcome}");
        }
    }

    fn extent(arguments: &[&str]) -> Extent {
        Options::without_environment(arguments).extent
    }

    #[test]
    fn a_run_of_some_rows_or_some_techniques_is_partial() {
        assert!(!extent(&[]).partial());
        assert!(extent(&["--only", "sites"]).partial());
        assert!(extent(&["--techniques", "threading"]).partial());
    }

    #[test]
    fn a_climb_goes_on_to_the_cliff_and_rounds_are_fixed_where_that_is_asked_for() {
        assert!(!extent(&[]).cliff() && extent(&["--ladder", "cliff"]).cliff());
        assert_eq!(extent(&[]).rounds(), None);
        assert_eq!(extent(&["--rounds", "9"]).rounds(), Some(9));
    }

    #[test]
    fn tests_run_without_every_variable_that_is_an_option() {
        use std::collections::BTreeSet;

        use clap::CommandFactory;

        fn variables(command: &clap::Command) -> BTreeSet<String> {
            let own = command.get_arguments().filter_map(Arg::get_env);
            let own = own.map(|name| name.to_string_lossy().into_owned());
            let below = command.get_subcommands().flat_map(variables);
            own.chain(below).collect()
        }
        let tools = include_str!("../../tests/tools/mod.rs");
        let (_, list) = tools.split_once("pub const VARIABLES").unwrap();
        let (list, _) = list.split_once("];").unwrap();
        let removed: BTreeSet<_> = list
            .split('"')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect();
        assert_eq!(removed, variables(&Options::command()));
    }

    #[test]
    fn the_help_on_rounds_leaves_their_number_to_the_plan() {
        use clap::CommandFactory;

        let command = Options::command();
        let mut options = command.get_arguments();
        let rounds = options.find(|option| option.get_id() == "rounds").unwrap();
        let help = rounds.get_help().unwrap().to_string();
        assert!(
            !help.contains(|letter: char| letter.is_ascii_digit()),
            "{help}"
        );
    }

    #[test]
    fn each_interpreter_is_measured_once() {
        let extent = extent(&["--python", "python3, ,pypy3,python3 "]);
        assert_eq!(extent.pythons(), ["python3", "pypy3"]);
    }
}
