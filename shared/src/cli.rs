//! The command line, the same for all four programs: arguments -> job -> run -> receipt.

use std::fmt::Display;
use std::io::Write as _;
use std::net::{TcpStream, ToSocketAddrs};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail, ensure};
use clap::builder::RangedU64ValueParser;
use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand, ValueEnum};
use rustix::process::{Resource, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::probes::{Crash, How, Pingpong, Sleepers, Ticker};
use crate::receipt::Receipt;
use crate::server::Server;
use crate::trace::Story;
use crate::waiter::Form;
use crate::{compute, download, waiter};

/// A technique: its name and how it does each kind of work.
#[derive(Clone, Copy)]
#[allow(missing_docs)]
pub struct Technique {
    pub name: &'static str,
    /// What it calls its workers.
    pub worker: &'static str,
    /// Hands the story on to those workers that are not in this process.
    pub pass_on: fn(&Story) -> anyhow::Result<()>,
    pub waiter: Run<waiter::Job>,
    pub download: Run<download::Job>,
    pub compute: Run<compute::Job>,
    pub sleepers: Run<Sleepers>,
    pub ticker: Run<Ticker>,
    pub pingpong: Run<Pingpong>,
    pub crash: Run<Crash>,
}

/// The one door to a workload or probe, given the job and, for asyncio, the kind of event loop.
pub type Run<J> = fn(&J, Runtime) -> anyhow::Result<Receipt>;

/// The two kinds of tokio runtime.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Runtime {
    /// One thread, as Python's event loop.
    #[default]
    CurrentThread,
    /// As many threads as there are cores, which take work from each other.
    MultiThread,
}

/// What a program prints with `--json`: one line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The program.
    pub program: String,
    /// The workload or probe.
    pub workload: String,
    /// What it did.
    pub receipt: Receipt,
    /// How long that took, in seconds, as seen from inside: without starting and ending the program.
    pub seconds: f64,
}

/// Runs the program that this technique makes: reads the command line, runs, reports.
pub fn main(technique: Technique) -> ExitCode {
    report(technique.name, || run(&technique))
}

/// Runs `program` and turns its errors into one line and an exit code: 2 for a wrong command line, 1 for a failure.
pub fn report(name: &str, program: impl FnOnce() -> anyhow::Result<()>) -> ExitCode {
    let Err(error) = program() else {
        return ExitCode::SUCCESS;
    };
    if let Some(wrong) = error.downcast_ref::<clap::Error>() {
        if !wrong.use_stderr() {
            // --help and --version. If nobody reads them, nobody misses them.
            let _ = wrong.print();
            return ExitCode::SUCCESS;
        }
        eprintln!("{name}: {}", one_line(wrong));
        return ExitCode::from(2);
    }
    eprintln!("{name}: {error:#}{}", advice(&error));
    ExitCode::FAILURE
}

/// Reads the command line.
///
/// # Errors
///
/// If it is not one that `P` takes, or asks for help or version.
pub fn parse<P: Parser>() -> anyhow::Result<P> {
    Ok(P::try_parse()?)
}

/// Why `program` would not take these arguments, in one line, or `None` if it would.
pub fn refusal<'a>(
    program: &'a str,
    arguments: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let words = std::iter::once(program).chain(arguments);
    let refused = Cli::try_parse_from(words).and_then(|Cli { workload, options }| {
        refuse_what_only_others_have(program, &workload, &options)
    });
    refused.err().map(|error| one_line(&error))
}

/// Lets this process and its children open as many files as the system grants without asking.
pub fn raise_descriptor_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Where that is refused, the old limit stays, and running into it is an error that says so.
    let _ = setrlimit(Resource::Nofile, limit);
}

/// clap's message without usage and hints: what is wrong, and what is allowed.
fn one_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut lines: Vec<_> = lines
        .take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more information"))
        .map(|line| {
            line.trim_start_matches("error: ")
                .trim_start_matches("tip: ")
        })
        .collect();
    let known = matches!(
        error.kind(),
        ErrorKind::InvalidSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    let mut line = if known && error.kind() != ErrorKind::InvalidSubcommand {
        "which workload?".to_owned()
    } else if known {
        lines.truncate(1);
        lines.concat()
    } else {
        lines.join("; ").replace(":;", ":")
    };
    if known {
        line += "; allowed are waiter, hello, sites, cats, lists, squares, hashes, sleepers, ticker, pingpong, crash";
    }
    line
}

/// What to do about an error, where that is known.
fn advice(error: &anyhow::Error) -> String {
    let causes = || error.chain().map(ToString::to_string);
    if causes().any(|cause| cause.contains("os error 24") || cause.contains("Too many open files"))
    {
        let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
        return format!(
            ": {limit} open files are allowed here: lower --workers, or raise the limit with `ulimit -Hn`"
        );
    }
    String::new()
}

#[derive(Parser)]
#[command(
    version,
    about = "The concurrency story, measured: one technique, all workloads"
)]
struct Cli {
    #[command(subcommand)]
    workload: Workload,
    #[command(flatten)]
    options: Options,
}

#[derive(Args)]
struct Options {
    /// Units to work on at once [default: 5 for downloads, the number of cores for computations]
    #[arg(long, allow_negative_numbers = true, global = true, value_name = "N", value_parser = between(1, 100_000))]
    workers: Option<usize>,
    /// How often to do the whole job: downloads and computations [default: 1]
    #[arg(long, allow_negative_numbers = true, global = true, value_name = "N", value_parser = between(1, 1_000_000))]
    repeat: Option<usize>,
    /// What to multiply every delay of the story with: 1 is its own time
    #[arg(long, allow_negative_numbers = true, global = true, value_name = "X", default_value_t = 0.1, value_parser = time_scale)]
    time_scale: f64,
    /// Server to download from [default: one of the program's own]
    #[arg(long, global = true, value_name = "URL", value_parser = server_url)]
    server: Option<Url>,
    /// Print nothing but the receipt, as one line of JSON
    #[arg(long, global = true)]
    json: bool,
    /// Kind of event loop (asyncio)
    #[arg(long, global = true, value_enum)]
    runtime: Option<Runtime>,
    /// Move work that blocks from the event loop to threads (asyncio)
    #[arg(long, global = true)]
    offload: bool,
}

#[derive(Subcommand)]
enum Workload {
    /// Five tables give their orders to one waiter
    Waiter {
        /// Tables
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 5, value_parser = between(1, 26))]
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
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 5, value_parser = between(1, 1_000_000))]
        size: usize,
    },
    /// Fetch two sites many times over, or pages out in the world
    Sites {
        /// Pages to fetch instead
        #[arg(value_parser = web_url)]
        urls: Vec<Url>,
        /// Times to fetch each site
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 80, value_parser = between(1, 1_000_000))]
        size: usize,
        /// Milliseconds for which the local server holds every page back
        #[arg(long, allow_negative_numbers = true, value_name = "MS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(0..=60_000))]
        delay: u64,
    },
    /// Fetch twenty photos of about 100 kB
    Cats {
        /// Times to fetch each photo
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 5, value_parser = between(1, 100_000))]
        size: usize,
    },
    /// Build lists of 100000 items
    Lists {
        /// Lists
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 1000, value_parser = between(1, 1_000_000))]
        size: usize,
    },
    /// Add up squares: twenty sums, of all i*i below N, N+1, ... N+19
    Squares {
        /// N
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 5_000_000, value_parser = clap::value_parser!(u64).range(1..=10_000_000_000))]
        size: u64,
        /// One sum instead, of all i*i below 20 N, cut into a slice for each worker
        #[arg(long)]
        slices: bool,
    },
    /// Hash hashes: twenty chains of SHA-256
    Hashes {
        /// Digests in a chain
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 500_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000_000))]
        size: u32,
    },
    /// Probe: many units asleep at once
    Sleepers {
        /// Units
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 100, value_parser = between(1, 10_000_000))]
        size: usize,
        /// Let them sleep in a call that blocks its thread
        #[arg(long)]
        blocking: bool,
    },
    /// Probe: a ticker beside a hog that never gives way
    Ticker {
        /// Milliseconds for which the hog computes
        #[arg(long, allow_negative_numbers = true, value_name = "MS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=60_000))]
        size: u64,
    },
    /// Probe: a message there and back
    Pingpong {
        /// Round trips
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
        size: u64,
    },
    /// Probe: one unit of many fails
    Crash {
        /// Units
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=10_000))]
        size: u64,
        /// How it fails
        #[arg(long, value_enum, default_value = "panic")]
        how: How,
    },
}

fn between(least: u64, most: u64) -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(least..=most)
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
    let bare =
        url.filter(|url| url.scheme() == "http" && url.path() == "/" && url.query().is_none());
    bare.ok_or("an address like http://127.0.0.1:8000 is allowed".to_owned())
}

fn run(technique: &Technique) -> anyhow::Result<()> {
    let Cli { workload, options } = parse()?;
    refuse_what_only_others_have(technique.name, &workload, &options)?;
    raise_descriptor_limit();

    let server = workload
        .needs_server(&options)
        .then(|| Server::start(0).context("cannot start the local server"))
        .transpose()?;
    let address = match (&options.server, &server) {
        (Some(url), _) => listening(url)?,
        (None, Some(server)) => server.url(),
        (None, None) => Url::parse("http://nobody.invalid/")?,
    };
    let task = workload.task(technique, &options, &address);

    if !options.json {
        let story = Story::new(technique.worker);
        (technique.pass_on)(&story)?;
        story.begin();
    }
    let start = Instant::now();
    let receipt = (task.run)()?;
    let seconds = start.elapsed().as_secs_f64();

    check(&receipt, task.expected.as_ref())?;
    let line = if options.json {
        serde_json::to_string(&Report {
            program: technique.name.to_owned(),
            workload: workload.name().to_owned(),
            receipt,
            seconds,
        })?
    } else {
        let name = technique.name;
        format!(
            "{name} {}: {}",
            workload.name(),
            workload.summary(&receipt, seconds)
        )
    };
    // A reader who has left, as `head` does, is no failure.
    let _ = writeln!(std::io::stdout(), "{line}");
    Ok(())
}

/// A job, ready to run, and what it must hand in.
struct Task<'a> {
    run: Box<dyn FnOnce() -> anyhow::Result<Receipt> + 'a>,
    expected: Option<Receipt>,
}

fn check(receipt: &Receipt, expected: Option<&Receipt>) -> anyhow::Result<()> {
    match expected {
        Some(expected) if !expected.same_work(receipt) => bail!(
            "wrong answer: {} units, {} bytes and {} instead of {} units, {} bytes and {}",
            receipt.units,
            receipt.bytes,
            receipt.answer,
            expected.units,
            expected.bytes,
            expected.answer
        ),
        _ => Ok(()),
    }
}

impl Workload {
    fn name(&self) -> &'static str {
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
        }
    }

    fn needs_server(&self, options: &Options) -> bool {
        let local = match self {
            Self::Hello { .. } | Self::Cats { .. } => true,
            Self::Sites { urls, .. } => urls.is_empty(),
            _ => false,
        };
        local && options.server.is_none()
    }

    /// The job that the command line describes, in this technique's hands.
    fn task(&self, technique: &Technique, options: &Options, server: &Url) -> Task<'static> {
        let Options {
            repeat,
            time_scale,
            offload,
            ..
        } = *options;
        let repeat = repeat.unwrap_or(1);
        let runtime = options.runtime.unwrap_or_default();
        let width = options.workers.unwrap_or(5);
        let cores = options.workers.unwrap_or_else(cores);
        let download = |job: download::Job| {
            let (job, run) = (job.repeated(repeat), technique.download);
            let expected = job.expected();
            Task {
                run: Box::new(move || run(&job, runtime)),
                expected,
            }
        };
        let compute = |job: compute::Job| {
            let job = compute::Job {
                offload,
                ..job.repeated(repeat)
            };
            let (expected, run) = (job.expected(), technique.compute);
            Task {
                run: Box::new(move || run(&job, runtime)),
                expected,
            }
        };
        match *self {
            Self::Waiter {
                size,
                queue,
                blocking_waiter,
            } => {
                let form = match (queue, blocking_waiter) {
                    (true, _) => Form::Queue,
                    (_, true) => Form::Blocking,
                    _ => Form::Usual,
                };
                let (job, run) = (waiter::Job::new(size, time_scale, form), technique.waiter);
                let expected = Some(job.expected());
                Task {
                    run: Box::new(move || run(&job, runtime)),
                    expected,
                }
            }
            Self::Hello { size } => {
                let delay = download::HELLO_DELAY.mul_f64(time_scale);
                download(download::Job::hello(server, size, delay, width))
            }
            Self::Sites {
                ref urls,
                size,
                delay,
            } => download(if urls.is_empty() {
                download::Job::sites(server, size, Duration::from_millis(delay), width)
            } else {
                download::Job::real(urls, width)
            }),
            Self::Cats { size } => download(download::Job::cats(server, size, width)),
            Self::Lists { size } => compute(compute::Job::lists(size, cores)),
            Self::Squares {
                size,
                slices: false,
            } => compute(compute::Job::squares(size, cores)),
            Self::Squares { size, slices: true } => compute(compute::Job::slices(20 * size, cores)),
            Self::Hashes { size } => compute(compute::Job::hashes(size, cores)),
            Self::Sleepers { size, blocking } => {
                let nap = Duration::from_secs(1).mul_f64(time_scale);
                let job = Sleepers {
                    units: size,
                    nap,
                    blocking,
                    offload,
                };
                let (expected, run) = (Some(job.expected()), technique.sleepers);
                Task {
                    run: Box::new(move || run(&job, runtime)),
                    expected,
                }
            }
            Self::Ticker { size } => {
                let job = Ticker {
                    interval: Duration::from_millis(1),
                    hog: Duration::from_millis(size),
                };
                let run = technique.ticker;
                Task {
                    run: Box::new(move || run(&job, runtime)),
                    expected: None,
                }
            }
            Self::Pingpong { size } => {
                let (job, run) = (Pingpong { rounds: size }, technique.pingpong);
                let expected = Some(job.expected());
                Task {
                    run: Box::new(move || run(&job, runtime)),
                    expected,
                }
            }
            Self::Crash { size, how } => {
                let (job, run) = (Crash { units: size, how }, technique.crash);
                Task {
                    run: Box::new(move || run(&job, runtime)),
                    expected: None,
                }
            }
        }
    }

    /// The receipt as a sentence.
    fn summary(&self, receipt: &Receipt, seconds: f64) -> String {
        let Receipt {
            units,
            bytes,
            answer,
            readings,
            ..
        } = receipt;
        let (units, seconds) = (with_commas(*units), format!("{seconds:.3} s"));
        match self {
            Self::Waiter { .. } => format!("{units} orders in {seconds}, never two tables at once"),
            Self::Hello { .. } => format!("{units} greetings in {seconds}"),
            Self::Sites { .. } | Self::Cats { .. } => {
                format!("{units} pages, {} bytes in {seconds}", with_commas(*bytes))
            }
            Self::Lists { .. } => format!("{units} lists in {seconds}, all right: {answer}"),
            Self::Squares { .. } => format!("{units} sums in {seconds}, {answer} in all"),
            Self::Hashes { .. } => format!("{units} chains in {seconds}, {answer}"),
            Self::Sleepers { .. } => format!("{units} units slept and woke in {seconds}"),
            Self::Ticker { size } => format!(
                "{} ticks, at the worst {:.1} ms apart, beside a hog of {size} ms",
                readings.get("ticks").unwrap_or(&0.0),
                1e3 * readings.get("longest_gap").unwrap_or(&0.0),
            ),
            Self::Pingpong { .. } => format!("{units} round trips in {seconds}"),
            Self::Crash { size, how } => {
                let how = how
                    .to_possible_value()
                    .map(|value| value.get_name().to_owned());
                let how = how.unwrap_or_default();
                format!("{units} of {size} units finished in spite of one {how}, in {seconds}")
            }
        }
    }
}

/// Flags that make no sense for this technique are errors, not silently nothing.
fn refuse_what_only_others_have(
    technique: &str,
    workload: &Workload,
    options: &Options,
) -> Result<(), clap::Error> {
    let (mut queue, mut blocking) = (false, false);
    if let Workload::Waiter {
        queue: q,
        blocking_waiter,
        ..
    } = *workload
    {
        (queue, blocking) = (q, blocking_waiter);
    }
    let flags = [
        ("--queue", queue, "threading"),
        ("--blocking-waiter", blocking, "asyncio"),
        ("--runtime", options.runtime.is_some(), "asyncio"),
        ("--offload", options.offload, "asyncio"),
    ];
    for (flag, given, owner) in flags {
        if given && technique != owner {
            let message = format!("{flag} is for {owner} alone");
            return Err(clap::Error::raw(ErrorKind::ArgumentConflict, message));
        }
    }
    let wrong = match workload {
        Workload::Sites { urls, .. } if !urls.is_empty() && options.server.is_some() => {
            "--server goes without addresses of pages"
        }
        Workload::Waiter { .. }
        | Workload::Sleepers { .. }
        | Workload::Ticker { .. }
        | Workload::Pingpong { .. }
        | Workload::Crash { .. }
            if options.repeat.is_some() =>
        {
            "--repeat is for downloads and computations alone"
        }
        _ => return Ok(()),
    };
    Err(clap::Error::raw(ErrorKind::ArgumentConflict, wrong))
}

/// `url`, if somebody listens there.
fn listening(url: &Url) -> anyhow::Result<Url> {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let port = url.port_or_known_default().unwrap_or(80);
    let addresses = (host, port)
        .to_socket_addrs()
        .map_err(|error| anyhow!("--server {url}: {host} does not resolve: {error}"))?;
    let mut listens =
        addresses.map(|address| TcpStream::connect_timeout(&address, Duration::from_secs(5)));
    ensure!(
        listens.any(|connection| connection.is_ok()),
        "nobody listens at {url}: start a server with `cargo run -p shared --bin server -- --port {port}`"
    );
    Ok(url.clone())
}

/// Cores that this process may use.
fn cores() -> usize {
    thread::available_parallelism().map_or(1, Into::into)
}

fn with_commas(number: impl Display) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_argument_gets_one_line_that_says_what_is_allowed() {
        for (arguments, said, allowed) in [
            (&["hello", "--workers", "0"][..], "'0'", "1..=100000"),
            (&["hello", "--workers", "-3"], "'-3'", ""),
            (
                &["cats", "--size", "1000000000000"],
                "1000000000000",
                "1..=100000",
            ),
            (&["dogs"], "'dogs'", "waiter, hello, sites"),
            (&[], "which workload?", "waiter, hello, sites"),
            (
                &["hello", "--server", "ftp://x"],
                "ftp://x",
                "http://127.0.0.1:8000",
            ),
            (
                &["sites", "example.org"],
                "example.org",
                "https://example.org/page",
            ),
            (&["waiter", "--time-scale", "-1"], "-1", ""),
            (&["waiter", "--time-scale", "NaN"], "NaN", "0 to 100"),
            (
                &["crash", "--how", "slowly"],
                "slowly",
                "error, panic, abort",
            ),
        ] {
            let line = refusal("threading", arguments.iter().copied()).unwrap();
            assert!(!line.contains('\n'), "{line}");
            assert!(
                line.contains(said) && line.contains(allowed),
                "{arguments:?}: {line}"
            );
        }
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(with_commas(7), "7");
        assert_eq!(with_commas(853_680), "853,680");
        assert_eq!(with_commas(1_000_000), "1,000,000");
    }
}
