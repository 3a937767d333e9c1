//! The arguments of a program.

use std::ffi::OsString;
use std::path::PathBuf;
use std::thread;

use clap::builder::PossibleValuesParser;
use clap::error::{ContextKind, ErrorKind};
use clap::{Arg, ArgMatches, Args, Command, CommandFactory, FromArgMatches, Parser};
use url::Url;

use super::network::{Flag, Network};
use super::technique::Technique;
use super::values::{between, server_url, time_scale};
use super::workload::Workload;

/// Units of work in a run, at most: they all have to be kept in memory.
const MOST_UNITS: usize = 2_000_000;

#[derive(Parser)]
#[command(
    version,
    about = "The concurrency story, measured: one technique, all workloads"
)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub workload: Workload,
    #[command(flatten)]
    pub options: Options,
}

#[derive(Args)]
pub(super) struct Options {
    /// Units to work on at once [default: 5 for downloads, 2 for a race, the number of cores for computations]
    #[arg(long, allow_negative_numbers = true, global = true, value_name = "N", value_parser = between::<usize>(1, 100_000))]
    pub workers: Option<usize>,
    /// How often to do the whole job: downloads and computations [default: 1]
    #[arg(long, allow_negative_numbers = true, global = true, value_name = "N", value_parser = between::<usize>(1, 1_000_000))]
    pub repeat: Option<usize>,
    /// Factor for the delays of the story and the pauses before a retry, 0 to 60: 1 leaves them as they are [default: 0.1]
    #[arg(long, allow_negative_numbers = true, global = true, value_name = "X", value_parser = time_scale)]
    pub time_scale: Option<f64>,
    /// Server to download from [default: one of the program's own]
    #[arg(long, global = true, value_name = "URL", value_parser = server_url)]
    pub server: Option<Url>,
    /// Print nothing but the receipt, as one line of JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// Draw a timeline of every worker instead of printing the story
    #[arg(long, global = true, conflicts_with = "json")]
    pub timeline: bool,
    /// Write a timeline of every worker to a file: a picture if it is called *.svg, otherwise a trace for ui.perfetto.dev
    #[arg(long, global = true, value_name = "FILE")]
    pub trace: Vec<PathBuf>,
    /// Put into the receipt how long each page took, from the first try to the last byte (downloads)
    #[arg(long, global = true, hide = true)]
    pub latencies: bool,
    /// Put into the receipt how long a task was ready before it ran, every millisecond (workloads, where a technique has tasks)
    #[arg(long, global = true, hide = true)]
    pub ready: bool,
    #[command(flatten)]
    pub network: Network,
}

impl Options {
    /// How many pages to fetch at once.
    pub(super) fn downloading_workers(&self) -> usize {
        self.workers.unwrap_or(5)
    }

    /// How many units to compute at once.
    pub(super) fn computing_workers(&self) -> usize {
        self.workers.unwrap_or_else(cores)
    }

    /// What every delay of the story is multiplied with.
    pub(super) fn time_scale(&self) -> f64 {
        self.time_scale.unwrap_or(0.1)
    }
}

/// Reads these words, the first of which is the program's name, as arguments of `command`, which is that of `P`.
///
/// # Errors
///
/// If it does not take them, or they ask for help or version.
pub(super) fn read<P: Parser, W: Into<OsString> + Clone>(
    command: Command,
    words: impl IntoIterator<Item = W>,
) -> Result<P, clap::Error> {
    let mut command = command.max_term_width(80);
    let matches = command.try_get_matches_from_mut(words);
    let mut matches = matches.map_err(|error| with_commands(error, &command, "command"))?;
    P::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
}

/// The value of a technique's own option, and its name if it is not the default one.
#[derive(Clone, Copy)]
pub(super) struct Chosen<O> {
    pub value: O,
    pub name: Option<&'static str>,
}

impl Cli {
    /// Reads these words, the first of which is the program's name.
    ///
    /// # Errors
    ///
    /// If no program takes them, or this one does not.
    pub(super) fn read<O: Copy + Default + 'static, W: Into<OsString> + Clone>(
        technique: &Technique<O>,
        words: impl IntoIterator<Item = W>,
    ) -> Result<(Self, Chosen<O>), clap::Error> {
        let program = technique.name;
        let words: Vec<OsString> = words.into_iter().map(Into::into).collect();
        let mut command = command(technique);
        let matches = match command.try_get_matches_from_mut(&words) {
            Err(error) if asks_for_help(&error) => {
                return Self::read(technique, [program, "--help"]);
            }
            Err(error) if error.kind() == ErrorKind::DisplayHelp => {
                let shown = with_own_flags(self::command(technique)).try_get_matches_from(&words);
                return Err(shown.err().unwrap_or(error));
            }
            matches => matches.map_err(|error| with_commands(error, &command, "workload"))?,
        };
        let chosen = chosen(technique, &matches);
        let cli = Self::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
        let name = cli.workload.name();
        let wrong = if technique.lacks().contains(&name) {
            let workloads = commands(&command);
            let message = format!("{program} has no {name}; allowed are {workloads}");
            (ErrorKind::InvalidSubcommand, message)
        } else if let Some(flag) = cli.misplaced() {
            (ErrorKind::ArgumentConflict, flag)
        } else if cli.units() > MOST_UNITS {
            (ErrorKind::ValueValidation, cli.too_many_units())
        } else {
            return Ok((cli, chosen));
        };
        Err(clap::Error::raw(wrong.0, wrong.1))
    }

    /// How many pages or units of a computation it takes to do the job as often as that is wanted.
    fn units(&self) -> usize {
        let Self { workload, options } = self;
        let once = match workload {
            Workload::Download(download) => download.pages(),
            Workload::Computation(computation) => computation.units(options.computing_workers()),
            _ => 1,
        };
        once.saturating_mul(options.repeat.unwrap_or(1))
    }

    fn too_many_units(&self) -> String {
        let units = self.units();
        format!(
            "{units} units of work are too many: at most {MOST_UNITS} are allowed, with --repeat and --size multiplied"
        )
    }

    /// A flag that would do nothing here, and where it belongs.
    fn misplaced(&self) -> Option<String> {
        let mut misplaced = self.flags().into_iter();
        let misplaced = misplaced.find(|flag| flag.given && !flag.useful)?;
        Some(format!(
            "{} is for {} alone",
            misplaced.name, misplaced.place
        ))
    }

    /// The flags that not every workload takes.
    fn flags(&self) -> Vec<Flag> {
        let Self { workload, options } = self;
        let (downloads, computes) = (workload.downloads(), workload.computes());
        let for_some = [
            (
                "--time-scale",
                options.time_scale.is_some(),
                workload.delays(),
                "delays of the story",
            ),
            (
                "--repeat",
                options.repeat.is_some(),
                downloads || computes,
                "downloads and computations",
            ),
            (
                "--workers",
                options.workers.is_some(),
                downloads || computes || workload.serves() || workload.races(),
                "downloads, computations, servers and races",
            ),
            ("--latencies", options.latencies, downloads, "downloads"),
            (
                "--ready",
                options.ready,
                downloads || computes || matches!(workload, Workload::Waiter { .. }),
                "downloads, computations and the waiter",
            ),
            (
                "--server",
                options.server.is_some(),
                workload.needs_server(),
                "the local server's pages",
            ),
        ];
        let own_server = workload.needs_server() && options.server.is_none();
        let network = options.network.flags(workload, own_server);
        for_some.map(Flag::of).into_iter().chain(network).collect()
    }
}

/// clap takes what follows `help` for a workload.
fn asks_for_help(error: &clap::Error) -> bool {
    let word = error.get(ContextKind::InvalidSubcommand);
    word.is_some_and(|word| matches!(word.to_string().as_str(), "-h" | "--help"))
}

/// A word that is no command, or the lack of one, is answered with the list of them; `noun` is what the program calls them.
fn with_commands(error: clap::Error, command: &Command, noun: &str) -> clap::Error {
    let wrong = match error.kind() {
        ErrorKind::InvalidSubcommand => match error.get(ContextKind::InvalidSubcommand) {
            Some(word) => format!("'{word}' is no {noun}"),
            None => format!("no such {noun}"),
        },
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => format!("no {noun} is named"),
        _ => return error,
    };
    let message = format!("{wrong}; allowed are {}", commands(command));
    clap::Error::raw(ErrorKind::InvalidSubcommand, message)
}

/// The commands of a program, as a list.
fn commands(command: &Command) -> String {
    let shown = command
        .get_subcommands()
        .filter(|workload| !workload.is_hide_set() && workload.get_name() != "help");
    shown.map(Command::get_name).collect::<Vec<_>>().join(", ")
}

/// What this technique's program takes.
fn command<O: 'static>(technique: &Technique<O>) -> Command {
    let mut command = Cli::command()
        .display_name(technique.name)
        .max_term_width(80);
    for workload in technique.lacks() {
        command = command.mut_subcommand(workload, |lacking| lacking.hide(true));
    }
    if let Some(choice) = &technique.choice {
        let names = choice.values.iter().map(|(name, _)| *name);
        let option = Arg::new(choice.flag)
            .long(choice.flag)
            .help(choice.help)
            .help_heading(None)
            .global(true)
            .value_parser(PossibleValuesParser::new(names));
        command = command.arg(option);
    }
    command
}

/// The same, in which the help of a workload names no flag that would do nothing for it.
fn with_own_flags(mut command: Command) -> Command {
    let names = command.get_subcommands().map(Command::get_name);
    let names: Vec<_> = names.map(str::to_owned).collect();
    for name in names {
        // Some flags are for pages of other servers, which only addresses lead to.
        let lines = [vec!["", &name], vec!["", &name, "https://example.org/"]];
        let lines = lines
            .iter()
            .filter_map(|line| Cli::try_parse_from(line).ok());
        let forms: Vec<_> = lines.map(|cli| cli.flags()).collect();
        let Some(flags) = forms.first() else { continue };
        let useless = (0..flags.len()).filter(|flag| !forms.iter().any(|form| form[*flag].useful));
        let useless: Vec<_> = useless
            .filter_map(|flag| {
                let long = flags[flag].name.strip_prefix("--");
                let mut arguments = command.get_arguments();
                Some(arguments.find(|it| it.get_long() == long)?.clone())
            })
            .collect();
        command = command.mut_subcommand(&name, |workload| {
            workload.args(useless.into_iter().map(|flag| flag.hide(true)))
        });
    }
    command
}

/// The value of the technique's own option.
fn chosen<O: Copy + Default + 'static>(
    technique: &Technique<O>,
    matches: &ArgMatches,
) -> Chosen<O> {
    let choice = technique.choice.as_ref();
    let chosen = choice.and_then(|choice| {
        let name = matches.get_one::<String>(choice.flag)?;
        let place = choice.values.iter().position(|(value, _)| value == name)?;
        let (name, value) = choice.values[place];
        let name = Some(name).filter(|_| place > 0);
        Some(Chosen { value, name })
    });
    chosen.unwrap_or(Chosen {
        value: O::default(),
        name: None,
    })
}

/// Cores that this process may use.
fn cores() -> usize {
    thread::available_parallelism().map_or(1, Into::into)
}
