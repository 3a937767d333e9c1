//! One server under load, measured from outside: it starts, others ask, it is asked to end.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, ensure};
use rustix::process::{Signal, kill_process};
use shared::load::{Outcome as Asked, Trial as Tried};

use crate::measure::child::{
    Exit, Interrupted, Output, Streams, Watch, complaint, judge, judge_if_it_may_die,
};
use crate::measure::memory::Sampler;
use crate::measure::process::{Account, Child, LINGER, Woken};
use crate::model::load::Load;
use crate::model::rows::{ENDED, GREETED, HIGHEST, LOAD_BUSY, LOAD_CPU, LOAD_LATE, MOST};
use crate::model::run::{Outcome, Peak, Run, Trial};
use crate::model::store::{from_json, printable};

/// How often a server that starts is looked at.
const GLANCE: Duration = Duration::from_millis(1);

/// How often a load is looked at: it shares the cores with the one that looks.
const LOOK: Duration = Duration::from_millis(10);

/// Runs `server`, has `clients` put it under this load, and asks it to end. What it did is what the clients saw of it. How
/// large it is is looked up once, when all requests are answered and all connections open.
///
/// # Errors
///
/// If `interrupt` becomes readable meanwhile: both are killed. All else that can go wrong is an outcome.
pub fn measure(
    server: &mut Command,
    clients: &Path,
    load: &Load,
    watch: Watch,
    interrupt: impl AsFd,
) -> Result<(Outcome, Option<Peak>), Interrupted> {
    let program = server.get_program().display().to_string();
    let outcome = run(server, clients, load, watch, interrupt.as_fd());
    Ok(match outcome {
        Ok(Ended::Itself(end)) => {
            let End {
                exit,
                output,
                asked,
            } = *end;
            let peak = exit.peak;
            let outcome = match load.crashes() {
                true => judge_if_it_may_die(&exit, output),
                false => judge(&exit, output),
            };
            (both(outcome, asked, load), peak)
        }
        Ok(Ended::Hung) => (Outcome::Hung(watch.patience.as_secs_f64()), None),
        Ok(Ended::Interrupted) => return Err(Interrupted),
        Err(error) => {
            let reason = format!("cannot serve with {program}: {error:#}");
            (Outcome::Failed(reason), None)
        }
    })
}

/// How a server came to its end.
enum Ended {
    Itself(Box<End>),
    Hung,
    Interrupted,
}

/// What a server said at its end, and what those found who asked.
struct End {
    exit: Exit,
    output: Output,
    asked: anyhow::Result<(Asked, Account)>,
}

fn run(
    server: &mut Command,
    clients: &Path,
    load: &Load,
    watch: Watch,
    interrupt: impl AsFd,
) -> anyhow::Result<Ended> {
    let streams = Streams::of(server)?;
    let start = Instant::now();
    let deadline = start + watch.patience;
    let mut server = Child::start(server)?;
    let url = loop {
        if let Some(url) = first_line(&streams.stdout)? {
            break url;
        }
        match server.ended(GLANCE, interrupt.as_fd())? {
            Some(Woken::Interrupted) => return Ok(Ended::Interrupted),
            Some(Woken::Ended) => {
                let (status, _) = server.reap(LINGER)?;
                let complaint = complaint(status, &streams.read()?.stderr);
                return Err(anyhow!(printable(&complaint)));
            }
            None if Instant::now() >= deadline => return Ok(Ended::Hung),
            None => {}
        }
    };

    let mut command = Command::new(clients);
    command
        .arg(format!("{}{}", url.trim_end_matches('/'), load.page))
        .args(load.arguments())
        .args(["--json", "--until-stdin-ends"]);
    let said = Streams::of(&mut command)?;
    let (stdin, until_it_ends) = io::pipe()?;
    command.stdin(Stdio::from(stdin));
    let mut clients = Child::start(&mut command)
        .with_context(|| format!("cannot run {}", command.get_program().display()))?;
    // It has ended by itself only if it failed.
    while !ends_with_a_line(&said.stdout)? {
        match clients.ended(LOOK, interrupt.as_fd())? {
            Some(Woken::Ended) => break,
            Some(Woken::Interrupted) => return Ok(Ended::Interrupted),
            None if Instant::now() >= deadline => return Ok(Ended::Hung),
            None => {}
        }
    }
    let mut sampler = Sampler::new(server.pid);
    sampler.look();
    // The command has the other end of standard input, too, and no second program is started by it.
    drop((until_it_ends, command));
    let wait = deadline.saturating_duration_since(Instant::now());
    match clients.ended(wait, interrupt.as_fd())? {
        Some(Woken::Ended) => {}
        Some(Woken::Interrupted) => return Ok(Ended::Interrupted),
        None => return Ok(Ended::Hung),
    }
    let asked = asked(&mut clients, said);

    // It may have ended by itself, which its status tells.
    let _ = kill_process(server.pid, Signal::TERM);
    let wait = deadline.saturating_duration_since(Instant::now());
    match server.ended(wait, interrupt)? {
        Some(Woken::Ended) => {}
        Some(Woken::Interrupted) => return Ok(Ended::Interrupted),
        None => return Ok(Ended::Hung),
    }
    let wall = start.elapsed();
    let (status, account) = server.reap(LINGER)?;
    let exit = Exit {
        status,
        wall,
        account,
        peak: sampler.peak(),
        instructions: None,
    };
    let mut output = streams.read()?;
    // The first line is the address.
    output.stdout = output.stdout.lines().skip(1).collect();
    Ok(Ended::Itself(Box::new(End {
        exit,
        output,
        asked,
    })))
}

/// What a server has said first, if it has; nothing moves in its output.
fn first_line(stdout: &File) -> io::Result<Option<String>> {
    let mut bytes = [0; 256];
    let length = stdout.read_at(&mut bytes, 0)?;
    let said = String::from_utf8_lossy(&bytes[..length]);
    Ok(said
        .split_once('\n')
        .map(|(line, _)| line.trim().to_owned()))
}

/// Whether all has been printed of what takes one line; nothing moves in the output.
fn ends_with_a_line(stdout: &File) -> io::Result<bool> {
    let mut last = [0];
    let length = stdout.metadata()?.len();
    let Some(place) = length.checked_sub(1) else {
        return Ok(false);
    };
    stdout.read_exact_at(&mut last, place)?;
    Ok(last == *b"\n")
}

/// What the clients found, and what they took themselves.
fn asked(clients: &mut Child, said: Streams) -> anyhow::Result<(Asked, Account)> {
    let (status, account) = clients.reap(LINGER)?;
    let output = said.read()?;
    ensure!(
        status.success(),
        "the load: {}",
        printable(&complaint(status, &output.stderr))
    );
    let asked = from_json(output.stdout.as_bytes()).context("the load printed no outcome")?;
    Ok((asked, account))
}

/// What a server did, as those saw it who asked. A server that has failed says why, whatever they say.
fn both(outcome: Outcome, asked: anyhow::Result<(Asked, Account)>, load: &Load) -> Outcome {
    let Outcome::Ran(run) = outcome else {
        return outcome;
    };
    match asked.and_then(|(asked, account)| seen(*run, asked, &account, load)) {
        Ok(run) => Outcome::Ran(Box::new(run)),
        Err(error) => Outcome::Failed(format!("{error:#}")),
    }
}

fn seen(mut run: Run, asked: Asked, account: &Account, load: &Load) -> anyhow::Result<Run> {
    let Asked {
        greeted,
        answered,
        refused,
        lost,
        unanswered,
        ended,
        ..
    } = asked;
    // What is killed has no count.
    ensure!(
        load.crashes() || run.receipt.units >= answered + greeted,
        "the server counted {} requests, of which {} were answered",
        run.receipt.units,
        answered + greeted
    );
    run.seconds = asked.seconds;
    run.receipt.units = answered;
    for (kind, number) in [
        ("refused", refused),
        ("lost", lost),
        ("unanswered", unanswered),
    ] {
        if number > 0 {
            run.receipt.errors.insert(kind.to_owned(), number);
        }
    }
    run.receipt.latencies = asked.latencies;
    let late = asked.lateness.quantile(0.99).unwrap_or_default();
    let mut busy = asked.cpu / asked.seconds;
    if let Some(found) = asked.found {
        busy = found.busy;
        run.receipt.readings.insert(MOST.to_owned(), found.most);
        if let Some(highest) = found.highest {
            run.receipt.readings.insert(HIGHEST.to_owned(), highest);
        }
        let trial = |it: Tried| Trial {
            rate: it.rate,
            p99: it.p99,
            late: it.late,
            well: it.well,
        };
        run.trials = found.trials.into_iter().map(trial).collect();
    }
    run.receipt.readings.extend(
        [
            (GREETED, greeted as f64),
            (ENDED, ended as f64),
            (LOAD_CPU, account.user + account.system),
            (LOAD_BUSY, busy),
            (LOAD_LATE, late),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    Ok(run)
}
