//! The command line, the same for all four programs: arguments -> job -> run -> receipt.

mod arguments;
mod computation;
mod download;
mod ending;
mod failure;
mod network;
mod number;
mod probe;
mod report;
mod serving;
mod spent;
mod task;
mod technique;
mod values;
mod workers;
mod workload;

use std::env;
use std::io::{self, Write as _};
use std::net::{TcpStream, ToSocketAddrs};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, ensure};
use clap::Parser;
use rustix::process::{Resource, getrlimit, setrlimit};
use url::Url;

use crate::progress;
use crate::ready;
use crate::server::{Server, Setup};
use crate::trace::{Pictures, Story, duration, fitted, ignore_broken_pipe, line};
use arguments::{Cli, Options};
use task::Task;
use workload::Workload;

pub use failure::{Partial, report};
pub use number::{count, with_commas};
pub use report::Report;
pub use task::expected;
pub use technique::{Choice, Probes, Run, Technique, Workloads};
pub use values::between;

/// Runs the program that this technique makes: reads the command line, runs, reports.
pub fn main<O: Copy + Default + 'static>(technique: Technique<O>) -> ExitCode {
    report(technique.name, || run(&technique))
}

fn run<O: Copy + Default + 'static>(technique: &Technique<O>) -> anyhow::Result<()> {
    let (Cli { workload, options }, chosen) = Cli::read(technique, env::args_os())?;
    raise_descriptor_limit();

    let (_server, address) = server(&workload, &options)?;
    let task = Task::new(technique, &workload, &options, chosen.value, &address)?;

    let silent = options.json || options.timeline;
    // Where there are too many units for a line each, each worker has one.
    let unit = workload
        .unit()
        .filter(|_| !silent && task.units() <= workers::MOST);
    let unit = unit.filter(|_| task.pages().is_none_or(|pages| pages > SCREEN));
    let pictures = Pictures::prepare(&options.trace, options.timeline, unit.is_some())?;
    let mut story = Story::new(technique.name, technique.worker);
    if let Some(pictures) = &pictures {
        story = story.recorded(pictures.notes());
    }
    match task.pages() {
        Some(pages) if !silent && ending::in_terminal() && tells_by_bar(&options, pages) => {
            progress::show(pages);
        }
        // Where there are too many pages for a line each, what goes wrong has one all the same.
        Some(pages) if !silent && pages > SCREEN => story = story.brief(),
        // A server prints no line for a request: that would be most of its work.
        _ if !silent && !workload.serves() => story = story.printed(),
        _ => {}
    }
    let many = task.pages().filter(|pages| *pages > SCREEN);
    let opening = workload
        .opening()
        .or_else(|| Some(number::count(many?, "page")));
    if let Some(opening) = opening.filter(|_| !silent) {
        let (name, workload) = (technique.name, workload.name());
        let line = fitted(&format!("{name} {workload}: {opening}"));
        ignore_broken_pipe(writeln!(io::stdout(), "{line}"))?;
    }
    if story.has_listeners() {
        (technique.pass_on)(&story)?;
    }
    let recorder = story.begin();
    if let Some(pages) = task.pages() {
        ending::end_gently(technique.name, workload.clone(), options.json, pages)?;
        if !silent {
            progress::watch(options.network.limits())?;
        }
    }
    if options.ready {
        ready::ask();
    }
    let (start, before) = (Instant::now(), spent::on_a_core());
    let outcome = task.run()?;
    let seconds = start.elapsed().as_secs_f64();
    let on_a_core = spent::on_a_core() - before;

    let (program, workload_name) = (technique.name, workload.name());
    let mut title = format!("{program} {workload_name}");
    if let Some(name) = chosen.name {
        title += &format!(", {name}");
    }
    match options.workers {
        Some(1) => title += ", 1 worker",
        Some(workers) => title += &format!(", {workers} workers"),
        None => {}
    }
    let recording = recorder.map(|recorder| recorder.end(title)).transpose()?;
    if let (Some(unit), Some(recording)) = (unit, &recording) {
        progress::hide();
        for line in workers::lines(recording, unit) {
            ignore_broken_pipe(writeln!(io::stdout(), "{}", fitted(&line)))?;
        }
    }
    let mut receipt = outcome.checked()?;
    if let Some(notes) = ready::notes() {
        receipt.ready = notes.taken();
    }
    let unfinished = receipt.unfinished;
    let nap = Duration::from_secs(1).mul_f64(options.time_scale());
    if let Some(remark) = workload.remark(&receipt, seconds, nap).filter(|_| !silent) {
        let message = format!("{remark}, {} on a core", duration(1e9 * on_a_core));
        let text = fitted(&line(seconds, "in all", &message));
        ignore_broken_pipe(writeln!(io::stdout(), "{text}"))?;
    }
    let line = if options.json {
        serde_json::to_string(&Report {
            program: program.to_owned(),
            workload: workload_name.to_owned(),
            receipt,
            seconds,
        })?
    } else {
        let summary = workload.summary(&receipt, seconds);
        fitted(&format!("{program} {workload_name}: {summary}"))
    };
    let said = ending::say(&line);
    if let (Some(pictures), Some(recording)) = (pictures, recording) {
        pictures.draw(&recording)?;
    }
    said?;
    Ok(Partial::check(unfinished)?)
}

/// Whether a bar counts the outcomes of a download: where single pages may fail, or fill more than a screen.
fn tells_by_bar(options: &Options, pages: u64) -> bool {
    options.network.keep_going || pages > SCREEN
}

/// More pages than this fill a screen.
const SCREEN: u64 = 20;

/// The address to download from, and the server there, if it is one of our own.
fn server(workload: &Workload, options: &Options) -> anyhow::Result<(Option<Server>, Url)> {
    if !workload.needs_server() {
        return Ok((None, Url::parse("http://none.invalid/")?));
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
        "no server answers at {url}: start a server with `cargo run --bin server -- --port {port}`"
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

    fn idle() -> Technique<()> {
        Technique::doing_nothing("idle", None)
    }

    fn refusal(words: &[&str]) -> String {
        refusal_of(&idle(), words)
    }

    fn refusal_of(technique: &Technique<()>, words: &[&str]) -> String {
        let refused = Cli::read(technique, ["idle"].iter().chain(words));
        failure::one_line(&refused.err().expect("a refusal"))
    }

    #[test]
    fn a_workload_that_a_technique_lacks_is_neither_run_nor_shown() {
        let mut bare = idle();
        bare.workloads.serve = None;
        bare.probes.pingpong_spinning = None;
        bare.probes.switch = None;
        bare.probes.message = None;
        bare.probes.memory = None;
        bare.probes.race = None;
        bare.probes.race_call = None;
        let lacking = [
            "serve",
            "offload",
            "pingpong-spinning",
            "switch",
            "message",
            "memory",
            "crash-pool",
            "race",
            "race-call",
        ];
        let help = Cli::read(&bare, ["idle", "--help"]).err().expect("help");
        let help = help.to_string();
        for name in lacking {
            let refused = format!("idle has no {name}; allowed are ");
            let line = refusal_of(&bare, &[name]);
            let allowed = line.strip_prefix(&refused).expect("its refusal");
            let allowed: Vec<_> = allowed.trim_end().split(", ").collect();
            assert!(allowed.contains(&"waiter"), "{line}");
            assert!(lacking.iter().all(|it| !allowed.contains(it)), "{line}");
            assert!(!help.contains(&format!("  {name} ")), "{help}");
        }
        assert!(help.contains("  blocking "), "{help}");
    }

    #[test]
    fn an_option_of_one_technique_is_unknown_to_the_others() {
        let choice = Choice {
            flag: "speed",
            help: "How fast",
            values: &[("slow", 1), ("quick", 2)],
        };
        let busy = Technique::doing_nothing("busy", Some(choice));
        let words = ["busy", "cats", "--speed", "quick"];
        let (_, chosen) = Cli::read(&busy, words).unwrap_or_else(|wrong| panic!("{wrong}"));
        assert_eq!((chosen.value, chosen.name), (2, Some("quick")));
        assert!(refusal(&words[1..]).contains("--speed"));
    }

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
            (&["waiter", "--time-scale", "NaN"], "NaN", "0 to 60"),
            (
                &["crash", "--how", "slowly"],
                "slowly",
                "error, panic, abort",
            ),
        ] {
            let line = refusal(arguments);
            assert!(!line.contains('\n'), "{line}");
            assert!(
                line.contains(said) && line.contains(allowed),
                "{arguments:?}: {line}"
            );
        }
    }
}
