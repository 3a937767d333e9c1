//! The command line, the same for all four programs: arguments -> job -> run -> receipt.

mod arguments;
mod ending;
mod failure;
mod network;
mod task;

use std::env;
use std::net::{TcpStream, ToSocketAddrs};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, ensure};
use clap::{Parser, ValueEnum};
use rustix::process::{Resource, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::probes::{Crash, Pingpong, Race, Sleepers, Ticker};
use crate::receipt::Receipt;
use crate::server::{Server, Setup};
use crate::trace::{Pictures, Story};
use crate::{compute, download, progress, waiter};
use arguments::{Cli, Options, Workload};
use task::Task;

pub use arguments::between;
pub use ending::Partial;
pub use failure::report;

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
    pub race: Run<Race>,
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

fn run(technique: &Technique) -> anyhow::Result<()> {
    let Cli { workload, options } = Cli::read(technique.name, env::args_os())?;
    raise_descriptor_limit();

    let (_server, address) = server(&workload, &options)?;
    let task = Task::new(technique, &workload, &options, &address);

    let pictures = Pictures::prepare(&options.trace, options.timeline)?;
    let mut story = Story::new(technique.name, technique.worker);
    if let Some(pictures) = &pictures {
        story = story.recorded(pictures.notes());
    }
    let silent = options.json || options.timeline;
    match task.pages() {
        Some(pages) if !silent && ending::has_spectator() && tells_by_bar(&options, pages) => {
            progress::show(pages);
        }
        _ if !silent => story = story.told(),
        _ => {}
    }
    if story.has_listeners() {
        (technique.pass_on)(&story)?;
    }
    let recorder = story.begin();
    if let Some(pages) = task.pages() {
        ending::end_gently(technique.name, workload.clone(), options.json, pages)?;
    }
    let start = Instant::now();
    let outcome = task.run()?;
    let seconds = start.elapsed().as_secs_f64();

    let (program, workload_name) = (technique.name, workload.name());
    let mut title = format!("{program} {workload_name}");
    if options.runtime == Some(Runtime::MultiThread) {
        title += ", multi-thread";
    }
    match options.workers {
        Some(1) => title += ", 1 worker",
        Some(workers) => title += &format!(", {workers} workers"),
        None => {}
    }
    let recording = recorder.map(|recorder| recorder.end(title));
    let receipt = outcome.checked()?;
    let unfinished = receipt.unfinished;
    let line = if options.json {
        serde_json::to_string(&Report {
            program: program.to_owned(),
            workload: workload_name.to_owned(),
            receipt,
            seconds,
        })?
    } else {
        format!(
            "{program} {workload_name}: {}",
            workload.summary(&receipt, seconds)
        )
    };
    let said = ending::say(&line);
    if let (Some(pictures), Some(recording)) = (pictures, recording) {
        pictures.draw(&recording?)?;
    }
    said?;
    Ok(Partial::check(unfinished)?)
}

/// Whether a download is told by a bar that counts outcomes: where single pages may fail, or are too many to follow.
fn tells_by_bar(options: &Options, pages: u64) -> bool {
    options.network.keep_going || pages > 1000
}

/// The address to download from, and the server there, if it is one of our own.
fn server(workload: &Workload, options: &Options) -> anyhow::Result<(Option<Server>, Url)> {
    if !workload.needs_server() {
        return Ok((None, Url::parse("http://nobody.invalid/")?));
    }
    if let Some(url) = &options.server {
        ensure_listening(url)?;
        return Ok((None, url.clone()));
    }
    let server = Server::with(Setup {
        faults: options.network.faults.clone(),
        ..Setup::default()
    });
    let server = server.context("cannot start the local server")?;
    let url = server.url();
    Ok((Some(server), url))
}

fn ensure_listening(url: &Url) -> anyhow::Result<()> {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let port = url.port_or_known_default().unwrap_or(80);
    let addresses = (host, port)
        .to_socket_addrs()
        .map_err(|error| anyhow!("--server {url}: {host} does not resolve: {error}"))?;
    let patience = Duration::from_secs(5);
    let mut connections = addresses.map(|address| TcpStream::connect_timeout(&address, patience));
    ensure!(
        connections.any(|connection| connection.is_ok()),
        "nobody listens at {url}: start a server with `cargo run -p shared --bin server -- --port {port}`"
    );
    Ok(())
}

/// Reads the command line of a program other than the four.
///
/// # Errors
///
/// If it is not one that `P` takes, or asks for help or version.
pub fn parse<P: Parser>() -> anyhow::Result<P> {
    Ok(arguments::read(P::command(), env::args_os())?)
}

/// Why `program` would not take these arguments, in one line, or `None` if it would.
pub fn refusal<'a>(
    program: &'a str,
    arguments: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let words = std::iter::once(program).chain(arguments);
    let refused = Cli::read(program, words).err()?;
    Some(failure::one_line(&refused))
}

/// Lets this process and its children open as many files as the system grants without asking.
pub fn raise_descriptor_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Where that is refused, the old limit stays, and running into it is an error that says so.
    let _ = setrlimit(Resource::Nofile, limit);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_argument_gets_one_line_that_says_what_is_allowed() {
        for (arguments, said, allowed) in [
            (&["hello", "--workers", "0"][..], "'0'", "from 1 to 100000"),
            (&["hello", "--workers", "-3"], "'-3'", "from 1 to 100000"),
            (
                &["cats", "--size", "1000000000000"],
                "1000000000000",
                "from 1 to 100000",
            ),
            (&["dogs"], "'dogs'", "waiter, hello, sites"),
            (&[], "no workload", "waiter, hello, sites"),
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
}
