//! Python's part: the twins in `shared/python`, run by the interpreters that `PYTHON` names, in the same rounds.
//!
//! What is measured of an interpreter has the form of what is measured of Rust, so that the same rules judge both.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, anyhow, bail, ensure};
use rustix::process::{Pid, Signal, kill_process_group};
use shared::{Receipt, cli};

use crate::model::experiment::{Cell, Experiment};
use crate::model::options::Extent;
use crate::model::places;
use crate::model::python::{CELERY, Description, Python};
use crate::model::results::Results;
use crate::model::run::Outcome;
use crate::model::store::{from_json, printable};
use crate::model::technique::Contestant;
use crate::plan::lines::counted;
use crate::plan::python::{lines_of, plan};

/// How long an interpreter may take to describe itself.
const PATIENCE: Duration = Duration::from_secs(20);

/// Flags of Python alone, which change how a job is done, and not what it is.
const OTHER_WAYS: [&str; 2] = ["--as-published", "--interpreters"];

impl Python {
    /// Asks `program` what it is, and plans what it is to do: nothing, if it cannot.
    pub fn invited(program: &str, extent: &Extent, rust: &[Experiment]) -> Self {
        let mut description = describe(program).map_err(|error| format!("{program}: {error:#}"));
        if let Ok(description) = &mut description
            && !extent.invites(Contestant::Cluster)
        {
            description.missing.retain(|package| package != CELERY);
        }
        let experiments = description.as_ref().map(|it| plan(extent, it, rust));
        let mut experiments = experiments.unwrap_or_default();
        for row in &mut experiments {
            row.interpreter = Some(program.to_owned());
        }
        let (lines, uncounted) = counted(extent, lines_of);
        Self {
            program: program.to_owned(),
            experiments,
            description,
            ladders: Vec::new(),
            lines,
            uncounted,
        }
    }
}

/// The arguments that have Celery's workers started for each of these interpreters, beside the nodes.
///
/// # Errors
///
/// If the sources are no longer where they were built from.
pub fn as_celery(programs: &[String]) -> anyhow::Result<Vec<OsString>> {
    let mut arguments = Vec::new();
    for program in programs {
        arguments.extend(["--celery".into(), found(program)?]);
    }
    if !programs.is_empty() {
        arguments.extend(["--twins".into(), places::twins()?.into()]);
    }
    Ok(arguments)
}

/// The interpreter that `program` names, and what it says of itself.
///
/// # Errors
///
/// If there is none, or it is too old; in a line that says what to do.
pub fn interpreter(program: &str) -> anyhow::Result<(OsString, Description)> {
    let description = describe(program).with_context(|| program.to_owned())?;
    Ok((found(program)?, description))
}

/// What runs `contestant`'s twin.
///
/// # Errors
///
/// If the sources are no longer where they were built from.
pub fn command(program: &str, contestant: Contestant) -> anyhow::Result<Command> {
    let mut command = Command::new(found(program)?);
    command.arg(places::twins()?).arg(contestant.name());
    Ok(command)
}

/// Checks what the interpreters handed in against Rust's own answers.
pub fn check(results: &mut Results) {
    let rows = results
        .pythons
        .iter_mut()
        .flat_map(|python| &mut python.experiments);
    rows.flat_map(|row| &mut row.cells).for_each(check_cell);
}

/// Turns runs that handed in another receipt than Rust's into failures.
fn check_cell(cell: &mut Cell) {
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

/// What Rust hands in for the same job, or `None` for probes, whose receipts their own programs check, and for what Rust has not.
fn expected(arguments: &[String]) -> Option<Receipt> {
    let alike = |word: &&String| !OTHER_WAYS.contains(&word.as_str());
    let arguments: Vec<_> = arguments.iter().filter(alike).cloned().collect();
    cli::expected(&arguments)
}

/// Asks an interpreter what it is.
fn describe(program: &str) -> anyhow::Result<Description> {
    let mut child = Command::new(found(program)?);
    child.arg(places::twins()?).arg("interpreter");
    let output = output(&mut child)?;
    let complaint = printable(&String::from_utf8_lossy(&output.stderr));
    if !output.status.success() {
        let line = complaint
            .lines()
            .last()
            .unwrap_or("it ended without a word");
        bail!("{}", line.trim_start_matches("python: "));
    }
    from_json(&output.stdout).map_err(|_| {
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
    Ok(places::workspace()?.join(program).into())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use shared::compute;

    use super::*;
    use crate::fixtures;
    use crate::model::options::Options;
    use crate::model::rows::Row;
    use crate::model::technique::Contestant::Threading;
    use crate::plan::description::words;

    /// An interpreter that does what this shell script does.
    fn fake_interpreter(script: &str) -> (tempfile::TempDir, String) {
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
        let extent = Options::without_environment(&[]).extent;
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
            fake_interpreter("echo 'python: 3.6 is too old: 3.9 or newer is needed' >&2; exit 1");
        let line = trouble(&program);
        assert!(
            line.ends_with("python: 3.6 is too old: 3.9 or newer is needed"),
            "{line}"
        );
    }

    #[test]
    fn a_python_that_crashes_or_prints_nonsense_gets_one_line() {
        let (_folder, program) = fake_interpreter("kill -9 $$");
        assert!(trouble(&program).ends_with("it ended without a word"));
        let (_folder, program) =
            fake_interpreter("echo Traceback >&2; echo 'OSError: all wrong' >&2; exit 1");
        assert!(trouble(&program).ends_with("OSError: all wrong"));
        let (_folder, program) = fake_interpreter("echo hello");
        assert!(trouble(&program).contains("does not describe itself"));
    }

    #[test]
    fn missing_packages_cost_the_downloads_and_say_how_to_get_them() {
        let all = r#"["requests", "aiohttp"]"#;
        let (_folder, program) = fake_interpreter(&DESCRIPTION.replace("MISSING", all));
        let python = invited(&program);
        assert!(python.experiments.iter().all(|row| !row.conditions.served));
        assert!(python.experiments.iter().any(|row| row.name == Row::Hashes));
        let troubles = python.troubles();
        assert!(
            troubles[0].contains("no requests and no aiohttp")
                && troubles[0].contains("make python")
        );
        assert!(python.all_well(), "a missing package is no failure");
    }

    #[test]
    fn without_celery_the_cluster_is_left_out_with_a_reason_where_it_takes_part() {
        let (_folder, program) = fake_interpreter(&DESCRIPTION.replace("MISSING", r#"["celery"]"#));
        assert_eq!(invited(&program).troubles(), [""; 0]);

        let on_machines = |program: &str| {
            let extent = Options::without_environment(&["--machines", "2"]).extent;
            let rust = crate::plan::experiments::plan(&extent, 2);
            Python::invited(program, &extent, &rust)
        };
        let columns = |python: &Python| {
            let rows = python.experiments.iter();
            rows.filter(|row| row.cell(Contestant::Cluster).is_some())
                .count()
        };
        let without = on_machines(&program);
        assert_eq!(columns(&without), 0);
        assert!(!without.experiments.is_empty());
        let troubles = without.troubles();
        assert!(
            troubles.len() == 1 && troubles[0].contains("no celery, so its cluster is left out"),
            "{troubles:?}"
        );

        let (_folder, program) = fake_interpreter(&DESCRIPTION.replace("MISSING", "[]"));
        let with = on_machines(&program);
        assert!(columns(&with) >= 7, "{}", columns(&with));
        let alone = |row: &&Experiment| row.name == Row::TasksAlone;
        assert!(with.experiments.iter().any(|row| alone(&row)));
        // Without machines there is nothing to do for its workers.
        assert_eq!(columns(&invited(&program)), 0);
    }

    #[test]
    fn rows_are_measured_behind_those_of_the_same_name() {
        let (_folder, program) = fake_interpreter(&DESCRIPTION.replace("MISSING", "[]"));
        let mut results = fixtures::results();
        let python = invited(&program);
        let own = Row::HashesInterpreters;
        assert!(python.experiments.iter().any(|row| row.name == own));
        let all = results.experiments.len() + python.experiments.len();
        results.pythons = vec![python];

        let rows = results.rows_in_turn();
        assert_eq!(rows.len(), all);
        let place = |interpreter: Option<&String>, name| {
            let mut rows = rows.iter();
            rows.position(|row| row.name == name && row.interpreter.as_ref() == interpreter)
        };
        assert_eq!(
            place(Some(&program), Row::Cats),
            place(None, Row::Cats).map(|place| place + 1)
        );
        assert!(place(Some(&program), own).is_some());
    }

    #[test]
    fn another_receipt_than_rusts_is_a_failure() {
        let right = compute::Job::squares(1000, 1).expected().unwrap();
        assert_eq!(expected(&words("squares --size 1000")), Some(right.clone()));
        let run = |receipt| {
            fixtures::ran(crate::model::run::Run {
                receipt,
                ..fixtures::run()
            })
        };
        let mut row = Experiment::probe(Row::Squares).by(Threading, "squares --size 1000");
        row.cells[0].rounds = vec![run(right), run(Receipt::default())];
        check_cell(&mut row.cells[0]);
        assert!(matches!(
            row.cells[0].rounds[..],
            [Outcome::Ran(_), Outcome::Failed(_)]
        ));
    }

    #[test]
    fn a_workload_is_checked_however_python_does_it_and_one_that_rust_lacks_is_not() {
        let units = |arguments: &str| expected(&words(arguments)).map(|receipt| receipt.units);
        for (arguments, expected) in [
            ("waiter --time-scale 0.01", Some(5)),
            ("hello", Some(5)),
            ("sites --size 3", Some(6)),
            ("cats --repeat 2", Some(200)),
            ("cats --repeat 2 --as-published", Some(200)),
            ("lists --size 7", Some(7)),
            // A length of which no digests are known.
            ("hashes --size 3", Some(20)),
            ("hashes --size 3 --interpreters", Some(20)),
            ("hashes --buffers --size 3", None),
            ("race --size 3", None),
        ] {
            assert_eq!(units(arguments), expected, "{arguments}");
        }
    }
}
