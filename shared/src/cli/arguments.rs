//! What can be typed behind a program's name.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::{ContextKind, ErrorKind};
use clap::{Args, Command, CommandFactory, Parser, Subcommand};
use url::Url;

use super::Runtime;
use super::network::Network;
use super::task::cores;
use crate::compute;
use crate::probes::{Home, How};
use crate::server::CATS;

/// Units of work in a run, at most: they all have to be kept in memory.
const MOST_UNITS: usize = 2_000_000;

#[derive(Parser)]
#[command(
    version,
    about = "The concurrency story, measured: one technique, all workloads"
)]
pub struct Cli {
    #[command(subcommand)]
    pub workload: Workload,
    #[command(flatten)]
    pub options: Options,
}

#[derive(Args)]
pub struct Options {
    /// Units to work on at once [default: 5 for downloads, 2 for a race, the number of cores for computations]
    #[arg(long, allow_negative_numbers = true, global = true, value_name = "N", value_parser = between::<usize>(1, 100_000))]
    pub workers: Option<usize>,
    /// How often to do the whole job: downloads and computations [default: 1]
    #[arg(long, allow_negative_numbers = true, global = true, value_name = "N", value_parser = between::<usize>(1, 1_000_000))]
    pub repeat: Option<usize>,
    /// What to multiply delays of the story, and pauses before a retry, with: 1 is their own time [default: 0.1]
    #[arg(long, allow_negative_numbers = true, global = true, value_name = "X", value_parser = time_scale)]
    pub time_scale: Option<f64>,
    /// Server to download from [default: one of the program's own]
    #[arg(long, global = true, value_name = "URL", value_parser = server_url)]
    pub server: Option<Url>,
    /// Print nothing but the receipt, as one line of JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// Draw what every worker did, instead of telling it
    #[arg(long, global = true, conflicts_with = "json")]
    pub timeline: bool,
    /// Write what every worker did to a file: a picture if it is called *.svg, otherwise a trace for ui.perfetto.dev
    #[arg(long, global = true, value_name = "FILE")]
    pub trace: Vec<PathBuf>,
    /// Kind of event loop (asyncio)
    #[arg(long, global = true, value_enum)]
    pub runtime: Option<Runtime>,
    /// Move work that blocks from the event loop to threads (asyncio)
    #[arg(long, global = true)]
    pub offload: bool,
    /// Put into the receipt how long each page took, from the first try to the last byte (downloads)
    #[arg(long, global = true, hide = true)]
    pub latencies: bool,
    #[command(flatten)]
    pub network: Network,
}

impl Options {
    /// What every delay of the story is multiplied with.
    pub fn time_scale(&self) -> f64 {
        self.time_scale.unwrap_or(0.1)
    }
}

#[derive(Clone, Subcommand)]
pub enum Workload {
    /// Five tables give their orders to one waiter
    Waiter {
        /// Tables
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 5, value_parser = between::<usize>(1, 26))]
        size: usize,
        /// Let the waiter be a worker that takes orders from a queue (threading)
        #[arg(long)]
        queue: bool,
        /// Let the waiter block the event loop while it takes an order (asyncio)
        #[arg(long)]
        blocking_waiter: bool,
    },
    /// Fetch a page that takes its time to answer
    Hello {
        /// Requests
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 5, value_parser = between::<usize>(1, 1_000_000))]
        size: usize,
    },
    /// Fetch two sites many times over, or pages out in the world
    Sites {
        /// Pages to fetch instead
        #[arg(value_parser = web_url)]
        urls: Vec<Url>,
        /// Times to fetch each site
        #[arg(long, conflicts_with = "urls", allow_negative_numbers = true, value_name = "N", default_value_t = 80, value_parser = between::<usize>(1, 1_000_000))]
        size: usize,
        /// Milliseconds for which the local server holds every page back
        #[arg(long, conflicts_with = "urls", allow_negative_numbers = true, value_name = "MS", default_value_t = 20, value_parser = between::<u64>(0, 60_000))]
        delay: u64,
    },
    /// Fetch twenty photos of about 100 kB
    Cats {
        /// Times to fetch each photo
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 5, value_parser = between::<usize>(1, 100_000))]
        size: usize,
    },
    /// Build lists of 100000 items
    Lists {
        /// Lists
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 1000, value_parser = between::<usize>(1, 1_000_000))]
        size: usize,
    },
    /// Add up squares: twenty sums, of all i*i below N, N+1, ... N+19
    Squares {
        /// N
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 5_000_000, value_parser = between::<u64>(1, 10_000_000_000))]
        size: u64,
        /// One sum instead, of all i*i below 20 N, cut into a slice for each worker
        #[arg(long)]
        slices: bool,
    },
    /// Hash hashes: twenty chains of SHA-256
    Hashes {
        /// Digests in a chain
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 500_000, value_parser = between::<u32>(1, 1_000_000_000))]
        size: u32,
    },
    /// Probe: many units asleep at once
    Sleepers {
        /// Units
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 100, value_parser = between::<usize>(1, 10_000_000))]
        size: usize,
        /// Let them sleep in a call that blocks its thread
        #[arg(long)]
        blocking: bool,
    },
    /// Probe: a ticker beside a hog that never gives way
    Ticker {
        /// Milliseconds for which the hog computes
        #[arg(long, allow_negative_numbers = true, value_name = "MS", default_value_t = 300, value_parser = between::<u64>(1, 60_000))]
        size: u64,
    },
    /// Probe: a message there and back
    Pingpong {
        /// Round trips
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 10_000, value_parser = between::<u64>(1, 1_000_000_000))]
        size: u64,
    },
    /// Probe: one unit of many fails
    Crash {
        /// Units
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 10, value_parser = between::<u64>(1, 10_000))]
        size: u64,
        /// How it fails
        #[arg(long, value_enum, default_value = "panic")]
        how: How,
        /// What the units live in (multiprocessing)
        #[arg(long, value_enum, default_value = "process")]
        home: Home,
    },
    /// Probe: workers count up one number without a lock
    Race {
        /// Times that each worker adds one
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 1_000_000, value_parser = between::<u64>(1, 1_000_000_000))]
        size: u64,
        /// Let something be called, or awaited, between reading and writing
        #[arg(long)]
        call: bool,
    },
}

/// Reads a whole number from `least` to `most`.
pub fn between<N: TryFrom<u64>>(
    least: u64,
    most: u64,
) -> impl Fn(&str) -> Result<N, String> + Clone {
    move |text| {
        let number = text.parse().ok();
        let number = number.filter(|number| (least..=most).contains(number));
        let number = number.and_then(|number| N::try_from(number).ok());
        number.ok_or_else(|| format!("a whole number from {least} to {most} is allowed"))
    }
}

fn time_scale(text: &str) -> Result<f64, String> {
    let scale = text
        .parse()
        .ok()
        .filter(|scale| (0.0..=100.0).contains(scale));
    scale.ok_or("a number from 0 to 100 is allowed".to_owned())
}

fn web_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok();
    let web = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    web.ok_or("an address like https://example.org/page is allowed".to_owned())
}

fn server_url(text: &str) -> Result<Url, String> {
    let url = web_url(text).ok();
    let bare = url.filter(|url| {
        let nothing_behind = url.path() == "/" && url.query().or(url.fragment()).is_none();
        url.scheme() == "http" && nothing_behind
    });
    bare.ok_or("an address like http://127.0.0.1:8000 is allowed".to_owned())
}

/// Reads these words, the first of which is the program's name, as arguments of `command`, which is that of `P`.
///
/// # Errors
///
/// If it does not take them, or they ask for help or version.
pub fn read<P: Parser, W: Into<OsString> + Clone>(
    command: Command,
    words: impl IntoIterator<Item = W>,
) -> Result<P, clap::Error> {
    let mut command = command.max_term_width(80);
    let mut matches = command.try_get_matches_from_mut(words)?;
    P::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
}

impl Cli {
    /// Reads these words, the first of which is the program's name.
    ///
    /// # Errors
    ///
    /// If no program takes them, or this one does not.
    pub fn read<W: Into<OsString> + Clone>(
        program: &str,
        words: impl IntoIterator<Item = W>,
    ) -> Result<Self, clap::Error> {
        let command = Self::command().display_name(program);
        let cli: Self = match read(command, words) {
            Err(error) if asks_for_help(&error) => return Self::read(program, [program, "--help"]),
            read => read.map_err(with_workloads)?,
        };
        let wrong = match cli.misplaced(program) {
            Some(flag) => (ErrorKind::ArgumentConflict, flag),
            None if cli.units() > MOST_UNITS => (ErrorKind::ValueValidation, cli.too_many_units()),
            None => return Ok(cli),
        };
        Err(clap::Error::raw(wrong.0, wrong.1))
    }

    /// How many pages or units of a computation it takes to do the job as often as that is wanted.
    fn units(&self) -> usize {
        let Self { workload, options } = self;
        let once = match *workload {
            Workload::Hello { size } | Workload::Lists { size } => size,
            Workload::Sites { ref urls, size, .. } if urls.is_empty() => 2 * size,
            Workload::Sites { ref urls, .. } => urls.len(),
            Workload::Cats { size } => CATS * size,
            Workload::Squares { slices: true, .. } => options.workers.unwrap_or_else(cores),
            Workload::Squares { .. } | Workload::Hashes { .. } => compute::UNITS as usize,
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
    fn misplaced(&self, program: &str) -> Option<String> {
        let Self { workload, options } = self;
        let (queue, blocking_waiter) = match *workload {
            Workload::Waiter {
                queue,
                blocking_waiter,
                ..
            } => (queue, blocking_waiter),
            _ => (false, false),
        };
        let in_pool = matches!(
            workload,
            Workload::Crash {
                home: Home::Pool,
                ..
            }
        );
        let owned = [
            ("--home", in_pool, "multiprocessing"),
            ("--queue", queue, "threading"),
            ("--blocking-waiter", blocking_waiter, "asyncio"),
            ("--runtime", options.runtime.is_some(), "asyncio"),
            ("--offload", options.offload, "asyncio"),
        ];
        for (flag, given, owner) in owned {
            if given && program != owner {
                return Some(format!("{flag} is for {owner} alone"));
            }
        }
        let (downloads, computes) = (workload.downloads(), workload.computes());
        let sleeps = matches!(workload, Workload::Sleepers { .. });
        let blocks = matches!(workload, Workload::Sleepers { blocking: true, .. });
        let waits = matches!(workload, Workload::Waiter { .. });
        let for_some = [
            (
                "--offload",
                options.offload,
                computes || blocks,
                "computations and blocking sleepers",
            ),
            (
                "--time-scale",
                options.time_scale.is_some(),
                waits || sleeps || workload.needs_server(),
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
                downloads || computes || matches!(workload, Workload::Race { .. }),
                "downloads, computations and races",
            ),
            ("--latencies", options.latencies, downloads, "downloads"),
            (
                "--server",
                options.server.is_some(),
                workload.needs_server(),
                "the local server's pages",
            ),
        ];
        for (flag, given, useful, place) in for_some {
            if given && !useful {
                return Some(format!("{flag} is for {place} alone"));
            }
        }
        let own_server = workload.needs_server() && options.server.is_none();
        options.network.misplaced(workload, own_server)
    }
}

/// clap takes what follows `help` for a workload.
fn asks_for_help(error: &clap::Error) -> bool {
    let word = error.get(ContextKind::InvalidSubcommand);
    word.is_some_and(|word| matches!(word.to_string().as_str(), "-h" | "--help"))
}

/// A word that is no workload, or the lack of one, is answered with the list of them.
fn with_workloads(error: clap::Error) -> clap::Error {
    let wrong = match error.kind() {
        ErrorKind::InvalidSubcommand => match error.get(ContextKind::InvalidSubcommand) {
            Some(word) => format!("'{word}' is no workload"),
            None => "no such workload".to_owned(),
        },
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => "no workload is named".to_owned(),
        _ => return error,
    };
    let command = Cli::command();
    let names: Vec<_> = command.get_subcommands().map(Command::get_name).collect();
    let message = format!("{wrong}; allowed are {}", names.join(", "));
    clap::Error::raw(ErrorKind::InvalidSubcommand, message)
}

impl Workload {
    /// Its name on the command line.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Waiter { .. } => "waiter",
            Self::Hello { .. } => "hello",
            Self::Sites { .. } => "sites",
            Self::Cats { .. } => "cats",
            Self::Lists { .. } => "lists",
            Self::Squares { .. } => "squares",
            Self::Hashes { .. } => "hashes",
            Self::Sleepers { .. } => "sleepers",
            Self::Ticker { .. } => "ticker",
            Self::Pingpong { .. } => "pingpong",
            Self::Crash { .. } => "crash",
            Self::Race { .. } => "race",
        }
    }

    /// Whether it fetches pages.
    pub fn downloads(&self) -> bool {
        matches!(
            self,
            Self::Hello { .. } | Self::Sites { .. } | Self::Cats { .. }
        )
    }

    /// Whether it is CPU bound.
    pub fn computes(&self) -> bool {
        matches!(
            self,
            Self::Lists { .. } | Self::Squares { .. } | Self::Hashes { .. }
        )
    }

    /// Whether its pages are those of the local server.
    pub fn needs_server(&self) -> bool {
        self.downloads() && !matches!(self, Self::Sites { urls, .. } if !urls.is_empty())
    }
}
