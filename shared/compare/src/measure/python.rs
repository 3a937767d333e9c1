//! Python's part: the twins in `shared/python`, run by the interpreters that `PYTHON` names, in the same rounds.
//!
//! What is measured of an interpreter has the form of what is measured of Rust, so that the same rules judge both.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, anyhow, bail, ensure};
use rustix::process::{Pid, Signal, kill_process_group};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::waiter::Form;
use shared::{Receipt, compute, download, waiter};
use url::Url;

use crate::judge::screening;
use crate::measure::machine;
use crate::model::options::{Extent, Size};
use crate::model::results::{Cell, Experiment, Ladder, Outcome, Results};
use crate::model::technique::Contestant::{self, *};
use crate::plan::experiments::words;

/// How long an interpreter may take to describe itself.
const PATIENCE: Duration = Duration::from_secs(20);

/// An interpreter, and what was measured of it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Python {
    /// What the user calls it.
    pub program: String,
    /// What it says of itself, or why it takes no part, in one line.
    pub description: Result<Description, String>,
    /// What was done, as in [`Results`].
    pub experiments: Vec<Experiment>,
    /// How many units each technique can keep alive.
    pub ladders: Vec<Ladder>,
    /// Lines of code of each technique's three workload files.
    pub lines: BTreeMap<Contestant, u64>,
}

/// What an interpreter says of itself.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Description {
    /// Such as 3.11.7.
    pub version: String,
    /// Such as `CPython`.
    pub implementation: String,
    /// Whether it runs without the interpreter's lock.
    pub free_threading: bool,
    /// Whether it has a pool of interpreters.
    pub interpreters: bool,
    /// Packages that it lacks.
    pub missing: Vec<String>,
}

impl Python {
    /// Asks `program` what it is, and plans what it is to do: nothing, if it cannot.
    pub fn invited(program: &str, extent: &Extent, rust: &[Experiment]) -> Self {
        let description = describe(program).map_err(|error| format!("{program}: {error:#}"));
        let experiments = description.as_ref().map(|it| plan(extent, it, rust));
        let lines = Contestant::CONCLUDED.map(|who| Some((who, lines_of(who).ok()?)));
        Self {
            program: program.to_owned(),
            experiments: experiments.unwrap_or_default(),
            description,
            ladders: Vec::new(),
            lines: lines.into_iter().flatten().collect(),
        }
    }

    /// Its name in a table.
    pub fn name(&self) -> String {
        match &self.description {
            Ok(it) if it.free_threading => format!("Python {} without its lock", it.version),
            Ok(it) => format!("Python {}", it.version),
            Err(_) => self.program.clone(),
        }
    }

    /// The same measurements as if Rust had been measured, for the rules that judge those.
    pub fn as_results(&self, rust: &Results) -> Results {
        Results {
            experiments: self.experiments.clone(),
            ladders: self.ladders.clone(),
            lines: self.lines.clone(),
            pythons: Vec::new(),
            machine: rust.machine.clone(),
            ..*rust
        }
    }

    /// What is wrong, in one line each: nothing of it touches Rust's rows.
    pub fn troubles(&self) -> Vec<String> {
        let description = match &self.description {
            Ok(description) => description,
            Err(reason) => return vec![reason.clone()],
        };
        let rows = self.experiments.iter();
        let mut troubles: Vec<_> = rows
            .filter_map(|row| {
                Some(format!(
                    "{}: {}: {}",
                    self.program,
                    row.name,
                    screening::pass(row).err()?
                ))
            })
            .collect();
        if !description.missing.is_empty() {
            troubles.push(format!(
                "{}: no {}, so its downloads are left out: `make python`, then PYTHON=target/python/bin/python3",
                self.program,
                description.missing.join(" and no ")
            ));
        }
        troubles
    }

    /// Whether it took part, and every run that was to end well did. A package that is missing is no failure.
    pub fn all_well(&self) -> bool {
        self.description.is_ok()
            && self
                .experiments
                .iter()
                .all(|row| screening::pass(row).is_ok())
    }
}

/// What runs `contestant`'s twin.
///
/// # Errors
///
/// If the sources are no longer where they were built from.
pub fn command(program: &str, contestant: Contestant) -> anyhow::Result<Command> {
    let mut command = Command::new(found(program)?);
    command.arg(twins()?).arg(contestant.name());
    Ok(command)
}

/// Puts the rows of all interpreters among Rust's, each behind the one of the same name, so that they are measured in
/// turn.
pub fn join(results: &mut Results) {
    for python in &mut results.pythons {
        for mut row in python.experiments.drain(..) {
            row.interpreter = Some(python.program.clone());
            let place = results
                .experiments
                .iter()
                .rposition(|other| other.name == row.name);
            let place = place.map_or(results.experiments.len(), |place| place + 1);
            results.experiments.insert(place, row);
        }
    }
}

/// Takes them out again, and checks what they handed in against Rust's own answers.
pub fn part(results: &mut Results) {
    let (theirs, ours) = std::mem::take(&mut results.experiments)
        .into_iter()
        .partition(|row| row.interpreter.is_some());
    results.experiments = ours;
    for mut row in Vec::from_iter::<Vec<Experiment>>(theirs) {
        row.cells.iter_mut().for_each(check);
        let owner = results.pythons.iter_mut();
        for python in owner.filter(|python| Some(&python.program) == row.interpreter.as_ref()) {
            python.experiments.push(row.clone());
        }
    }
}

/// Turns runs that handed in another receipt than Rust's into failures.
fn check(cell: &mut Cell) {
    let Some(expected) = expected(&cell.arguments) else {
        return;
    };
    for outcome in &mut cell.rounds {
        if let Outcome::Ran(run) = outcome
            && !run.receipt.same_work(&expected)
        {
            *outcome = Outcome::Failed(format!(
                "{} units with {}, where Rust has {} with {}",
                run.receipt.units, run.receipt.answer, expected.units, expected.answer
            ));
        }
    }
}

/// What Rust hands in for the same job, or `None` for probes, whose receipts their own programs check.
fn expected(arguments: &[String]) -> Option<Receipt> {
    let option = |name: &str, usual: u64| {
        let place = arguments.iter().position(|word| word == name);
        place.map_or(Some(usual), |place| arguments.get(place + 1)?.parse().ok())
    };
    let has = |name: &str| arguments.iter().any(|word| word == name);
    let repeat = option("--repeat", 1)? as usize;
    let nowhere = Url::parse("http://127.0.0.1/").ok()?;
    let pages = |job: download::Job| job.repeated(repeat).expected();
    match arguments.first()?.as_str() {
        "waiter" => {
            Some(waiter::Job::new(option("--size", 5)? as usize, 1.0, Form::Usual).expected())
        }
        "hello" => pages(download::Job::hello(
            &nowhere,
            option("--size", 5)? as usize,
            Duration::ZERO,
            1,
        )),
        "sites" => pages(download::Job::sites(
            &nowhere,
            option("--size", 80)? as usize,
            Duration::ZERO,
            1,
        )),
        "cats" => pages(download::Job::cats(
            &nowhere,
            option("--size", 5)? as usize,
            1,
        )),
        "lists" => compute::Job::lists(option("--size", 1000)? as usize, 1)
            .repeated(repeat)
            .expected(),
        "squares" => compute::Job::squares(option("--size", 5_000_000)?, 1)
            .repeated(repeat)
            .expected(),
        "hashes" if !has("--buffers") => {
            let job = compute::Job::hashes(option("--size", 500_000)? as u32, 1);
            // A length that nobody has published an answer for: Rust's own is quickly found.
            let computed = || job.units.iter().map(compute::Unit::compute).sum();
            Some(job.expected().unwrap_or_else(computed))
        }
        _ => None,
    }
}

/// Asks an interpreter what it is.
fn describe(program: &str) -> anyhow::Result<Description> {
    let mut child = Command::new(found(program)?);
    child.arg(twins()?).arg("interpreter");
    let output = output(&mut child)?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        let line = complaint
            .lines()
            .last()
            .unwrap_or("it ended without a word");
        bail!("{}", line.trim_start_matches("python: "));
    }
    serde_json::from_slice(&output.stdout).map_err(|_| {
        anyhow!("it does not describe itself as a Python would: name another with PYTHON=python3")
    })
}

/// Runs a program that says something and ends, or is ended.
fn output(command: &mut Command) -> anyhow::Result<Output> {
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn();
    let child = child.map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            anyhow!("there is no such program: install it, or name another with PYTHON=python3")
        }
        _ => anyhow!("it does not start: {error}"),
    })?;
    let group = Pid::from_child(&child);
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait_with_output()));
    let Ok(output) = receiver.recv_timeout(PATIENCE) else {
        // It leads a group of its own; at worst both have ended this very moment.
        let _ = kill_process_group(group, Signal::KILL);
        bail!("it does not answer: killed after {} s", PATIENCE.as_secs());
    };
    output.context("its answer cannot be read")
}

/// A path below this folder is made one below the workspace, where `make` is run.
fn found(program: &str) -> anyhow::Result<OsString> {
    ensure!(!program.is_empty(), "an interpreter without a name");
    if !program.contains('/') {
        return Ok(program.into());
    }
    Ok(machine::workspace()?.join(program).into())
}

fn twins() -> anyhow::Result<PathBuf> {
    Ok(machine::workspace()?.join("shared/python"))
}

/// Lines of a twin's three workload files that are neither blank nor comment nor header.
fn lines_of(contestant: Contestant) -> anyhow::Result<u64> {
    let folder = twins()?.join("story").join(contestant.name());
    let mut lines = 0;
    for file in ["waiter.py", "download.py", "compute.py"] {
        lines += count(&fs::read_to_string(folder.join(file))?);
    }
    Ok(lines)
}

fn count(source: &str) -> u64 {
    // A file begins with its header, between two marks, and has no other.
    let code = source.splitn(3, "\"\"\"").last().unwrap_or(source);
    let lines = code.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .count() as u64
}

/// What an interpreter is to do: what Rust does, at sizes that Python ends in a second, and what only Python has.
fn plan(extent: &Extent, description: &Description, rust: &[Experiment]) -> Vec<Experiment> {
    let size = extent.size();
    let mut rows: Vec<_> = rust.iter().filter_map(|row| twin(row, size)).collect();
    let of_their_own = only_python(size, description);
    rows.extend(
        of_their_own
            .into_iter()
            .filter(|row| extent.includes(&row.name)),
    );
    for row in &mut rows {
        row.cells.retain(|cell| {
            let package = if cell.contestant == Asyncio {
                "aiohttp"
            } else {
                "requests"
            };
            let lacks = row.conditions.served && description.missing.iter().any(|it| it == package);
            extent.invites(cell.contestant) && !lacks
        });
    }
    rows.retain(|row| !row.cells.is_empty());
    rows
}

/// The row of Rust's plan, as Python does it.
fn twin(rust: &Experiment, size: Size) -> Option<Experiment> {
    let mut row = rust.clone();
    row.cells
        .retain(|cell| Contestant::CONCLUDED.contains(&cell.contestant));
    match row.name.as_str() {
        // Their times are the story's, whoever tells it.
        "waiter" | "hello" | "sites" | "ticker" | "blocking" | "blocking-offloaded"
        | "start-one" | "crash-error" | "crash-panic" | "crash-abort" => {}
        "cats" => {
            let repeat = size.pick(2, 5, 10);
            resize(&mut row, 1.0, &|_| format!("cats --repeat {repeat}"));
            row.label = format!("{repeat}00 photos");
        }
        "lists" => {
            // Workers take a hundred lists at a time: fewer would leave cores without any.
            let lists = size.pick(400, 800, 1000);
            resize(&mut row, f64::from(compute::LIST), &|_| {
                format!("lists --size {lists}")
            });
            row.label = format!("{lists} lists");
        }
        "squares" => {
            let below = size.pick(100_000, 200_000, 5_000_000);
            resize(&mut row, f64::from(below), &|_| {
                format!("squares --size {below}")
            });
            row.label = format!("20 sums below {below}");
        }
        "hashes" => {
            let steps = size.pick(30_000, 60_000, 500_000);
            resize(&mut row, f64::from(steps), &|_| {
                format!("hashes --size {steps}")
            });
            row.label = format!("20 x {},000 steps", steps / 1000);
        }
        "pingpong-one-core" | "pingpong-any-core" => resize(&mut row, 1.0, &|who| match who {
            Sequential => "pingpong --size 1000000".to_owned(),
            Asyncio => "pingpong --size 20000".to_owned(),
            _ => "pingpong --size 5000".to_owned(),
        }),
        "start-many" => resize(&mut row, 1.0, &|who| match who {
            Multiprocessing => "sleepers --time-scale 0 --size 50".to_owned(),
            Asyncio => "sleepers --time-scale 0 --size 20000".to_owned(),
            _ => "sleepers --time-scale 0 --size 500".to_owned(),
        }),
        "race" => resize(&mut row, 1.0, &|_| "race --size 1000000".to_owned()),
        "race-call" => resize(&mut row, 1.0, &|who| match who {
            Asyncio => "race --call --size 200000".to_owned(),
            _ => "race --call --size 1000000".to_owned(),
        }),
        _ => return None,
    }
    row.conditions.expected = row.conditions.expected.max(1.0);
    Some(row)
}

fn resize(row: &mut Experiment, per_unit: f64, arguments: &dyn Fn(Contestant) -> String) {
    row.per_unit = per_unit;
    // Python's compiler removes nothing, and the warm-up is as large as it is in Rust.
    row.work = None;
    for cell in &mut row.cells {
        cell.arguments = words(&arguments(cell.contestant));
    }
}

/// What has no counterpart in Rust: its lock, and what its own documents warn of or should have.
fn only_python(size: Size, description: &Description) -> Vec<Experiment> {
    let steps = size.pick(30_000, 60_000, 500_000);
    let buffers = size.pick(10, 20, 100);
    let repeat = size.pick(2, 5, 10);
    let mut rows = vec![probe(
        "hashes-buffers",
        format!("20 x {buffers} buffers of 1 MiB"),
        &[Sequential, Threading, Multiprocessing],
        &format!("hashes --buffers --size {buffers}"),
    )];
    let mut published = probe(
        "cats-published",
        format!("{repeat}00 photos, a session for each"),
        &[Threading, Asyncio],
        &format!("cats --repeat {repeat} --as-published"),
    );
    published.conditions.served = true;
    rows.push(published);
    for home in ["Pool", "ProcessPoolExecutor"] {
        let mut crash = probe(
            &format!("crash-{home}"),
            format!("1 of 10 units aborts in a {home}"),
            &[Multiprocessing],
            &format!("crash --how abort --home {home}"),
        );
        crash.conditions.may_die = true;
        crash.conditions.expected = 5.0;
        crash.once = true;
        rows.push(crash);
    }
    if description.interpreters {
        rows.push(probe(
            "hashes-interpreters",
            "an interpreter for each thread".to_owned(),
            &[Threading],
            &format!("hashes --size {steps} --interpreters"),
        ));
    }
    rows
}

fn probe(name: &str, label: String, contestants: &[Contestant], arguments: &str) -> Experiment {
    let probe = Experiment::probe(name).label(label);
    let contestants = contestants.iter();
    contestants.fold(probe, |probe, who| probe.by(*who, arguments))
}

/// An interpreter that did all that Rust did, in the same time.
#[cfg(test)]
pub fn made_up_python(rust: &Results) -> Python {
    let concluded = |row: &Experiment| {
        let mut row = row.clone();
        row.cells
            .retain(|cell| Contestant::CONCLUDED.contains(&cell.contestant));
        row
    };
    Python {
        program: "python3".to_owned(),
        description: Ok(Description {
            version: "3.99.0".to_owned(),
            implementation: "CPython".to_owned(),
            free_threading: false,
            interpreters: false,
            missing: Vec::new(),
        }),
        experiments: rust.experiments.iter().map(concluded).collect(),
        ladders: rust.ladders.clone(),
        lines: rust.lines.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::fixtures;
    use crate::model::options::Options;

    /// An interpreter that does what this shell script does.
    fn made_up(script: &str) -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("python");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        // A child that another test has just forked may hold the file open for a moment, for writing.
        let busy = |error: std::io::Error| error.kind() == ErrorKind::ExecutableFileBusy;
        while Command::new(&path).output().is_err_and(busy) {}
        let program = path.to_str().unwrap().to_owned();
        (folder, program)
    }

    fn invited(program: &str) -> Python {
        let extent = Options::deaf(&[]).extent;
        Python::invited(program, &extent, &fixtures::results().experiments)
    }

    fn trouble(program: &str) -> String {
        let python = invited(program);
        assert!(python.experiments.is_empty() && !python.all_well());
        let troubles = python.troubles();
        assert_eq!(troubles.len(), 1, "{troubles:?}");
        assert!(!troubles[0].contains('\n'), "{troubles:?}");
        troubles[0].clone()
    }

    const DESCRIPTION: &str = r#"echo '{"version": "3.99.0", "implementation": "CPython", "free_threading": false, "interpreters": true, "missing": MISSING}'"#;

    #[test]
    fn a_python_that_is_not_there_gets_one_line() {
        let line = trouble("python9.99");
        assert!(
            line.starts_with("python9.99: there is no such program"),
            "{line}"
        );
    }

    #[test]
    fn a_python_that_is_too_old_gets_its_own_line() {
        let (_folder, program) =
            made_up("echo 'python: 3.6 is too old: 3.11 or newer is needed' >&2; exit 1");
        let line = trouble(&program);
        assert!(
            line.ends_with("python: 3.6 is too old: 3.11 or newer is needed"),
            "{line}"
        );
    }

    #[test]
    fn a_python_that_crashes_or_prints_nonsense_gets_one_line() {
        let (_folder, program) = made_up("kill -9 $$");
        assert!(trouble(&program).ends_with("it ended without a word"));
        let (_folder, program) =
            made_up("echo Traceback >&2; echo 'OSError: all wrong' >&2; exit 1");
        assert!(trouble(&program).ends_with("OSError: all wrong"));
        let (_folder, program) = made_up("echo hello");
        assert!(trouble(&program).contains("does not describe itself"));
    }

    #[test]
    fn missing_packages_cost_the_downloads_and_say_how_to_get_them() {
        let all = r#"["requests", "aiohttp"]"#;
        let (_folder, program) = made_up(&DESCRIPTION.replace("MISSING", all));
        let python = invited(&program);
        assert!(python.experiments.iter().all(|row| !row.conditions.served));
        assert!(python.experiments.iter().any(|row| row.name == "hashes"));
        let troubles = python.troubles();
        assert!(
            troubles[0].contains("no requests and no aiohttp")
                && troubles[0].contains("make python")
        );
        assert!(python.all_well(), "a missing package is no failure");
    }

    #[test]
    fn rows_are_measured_behind_those_of_the_same_name_and_come_back() {
        let (_folder, program) = made_up(&DESCRIPTION.replace("MISSING", "[]"));
        let mut results = fixtures::results();
        let before = serde_json::to_value(&results.experiments).unwrap();
        let python = invited(&program);
        let count = python.experiments.len();
        assert!(
            python
                .experiments
                .iter()
                .any(|row| row.name == "hashes-interpreters")
        );
        results.pythons = vec![python];

        join(&mut results);
        let place = |interpreter: Option<&String>, name| {
            let mut rows = results.experiments.iter();
            rows.position(|row| row.name == name && row.interpreter.as_ref() == interpreter)
        };
        assert_eq!(
            place(Some(&program), "cats"),
            place(None, "cats").map(|place| place + 1)
        );

        part(&mut results);
        assert_eq!(serde_json::to_value(&results.experiments).unwrap(), before);
        assert_eq!(results.pythons[0].experiments.len(), count);
    }

    #[test]
    fn another_receipt_than_rusts_is_a_failure() {
        let arguments = words("squares --size 1000");
        let right = compute::Job::squares(1000, 1).expected().unwrap();
        assert_eq!(expected(&arguments), Some(right.clone()));
        let run = |receipt| {
            fixtures::ran(crate::model::results::Run {
                receipt,
                ..fixtures::run()
            })
        };
        let mut row = probe(
            "squares",
            String::new(),
            &[Threading],
            "squares --size 1000",
        );
        row.cells[0].rounds = vec![run(right), run(Receipt::default())];
        check(&mut row.cells[0]);
        assert!(matches!(
            row.cells[0].rounds[..],
            [Outcome::Ran(_), Outcome::Failed(_)]
        ));
    }

    #[test]
    fn headers_and_comments_are_no_code() {
        let source = "\"\"\"Header.\n\n    run it\n\"\"\"\n\nimport time\n\n\ndef run():\n    # why\n    time.sleep(1)\n";
        assert_eq!(count(source), 3);
    }
}
