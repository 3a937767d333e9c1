//! What an interpreter is to do, beside Rust.

use std::fs;

use anyhow::Context;

use crate::model::experiment::{Cell, Experiment};
use crate::model::options::{Extent, Size};
use crate::model::places;
use crate::model::python::{CELERY, Description};
use crate::model::rows::{Family, Row, Sweep};
use crate::model::technique::Contestant::{self, *};
use crate::plan::workloads;

/// What an interpreter is to do: what Rust does, at sizes that Python ends in a second, and what only Python has.
pub fn plan(extent: &Extent, description: &Description, rust: &[Experiment]) -> Vec<Experiment> {
    let size = extent.size();
    let mut rows: Vec<_> = rust.iter().filter_map(|row| twin(row, size)).collect();
    let of_their_own = only_python(size, description);
    rows.extend(of_their_own.into_iter().filter(|row| {
        row.name
            .family()
            .is_some_and(|family| extent.includes(family))
    }));
    for row in &mut rows {
        row.cells.retain(|cell| {
            let package = if cell.runner == Asyncio {
                "aiohttp"
            } else {
                "requests"
            };
            let lacks = |package: &str| description.missing.iter().any(|it| it == package);
            let left_out =
                row.conditions.served && lacks(package) || cell.runner == Cluster && lacks(CELERY);
            extent.invites(cell.runner) && !left_out
        });
    }
    rows.retain(|row| !row.cells.is_empty());
    rows.iter_mut()
        .flat_map(|row| &mut row.cells)
        .for_each(as_wide_as_rust);
    rows
}

/// Gives a computation as many workers as Rust's has: Python counts the cores that it may use, and no quota.
fn as_wide_as_rust(cell: &mut Cell) {
    let [_, workers] = workloads::workers();
    let lines = [Some(&mut cell.arguments), cell.warm_up_arguments.as_mut()];
    for arguments in lines.into_iter().flatten() {
        let job = &arguments[0];
        let computes = Family::COMPUTATIONS.iter().any(|it| it.to_string() == *job);
        if computes && !arguments.iter().any(|word| word == "--workers") {
            arguments.extend(["--workers".to_owned(), workers.to_string()]);
        }
    }
}

/// The row of Rust's plan, as Python does it.
fn twin(rust: &Experiment, size: Size) -> Option<Experiment> {
    let mut row = rust.clone();
    row.cells.retain(|cell| cell.is_of(&Contestant::VERDICTS));
    match row.name {
        name if Row::WORKLOADS.contains(&name) => {
            if !workloads::in_python(&mut row, size) {
                return None;
            }
        }
        // Their times are the story's, in any language.
        Row::Ticker
        | Row::Blocking
        | Row::BlockingOffloaded
        | Row::StartOne
        | Row::CrashError
        | Row::CrashPanic
        | Row::CrashAbort => {}
        Row::Switch => row.resize(1.0, |who| match who {
            Sequential => "switch --size 2000000".to_owned(),
            _ => "switch --size 50000".to_owned(),
        }),
        Row::PingpongSpinningOneCore | Row::PingpongSpinningAnyCore => {
            row.resize(1.0, |who| match who {
                Asyncio => "pingpong-spinning --size 10000".to_owned(),
                _ => "pingpong-spinning --size 5000".to_owned(),
            });
        }
        Row::At(Sweep::MessageNumbers | Sweep::MessageBytes | Sweep::MessageShared, _) => {}
        Row::TasksAlone => {
            let tasks = size.pick(200, 500, 2_000);
            row.resize(1.0, |_| format!("tasks --size {tasks}"));
            row.label = format!("{tasks} tasks without work, a message each");
        }
        Row::TasksChunks => {
            let tasks = size.pick(20_000, 100_000, 300_000);
            row.resize(1.0, |_| format!("tasks --chunks --size {tasks}"));
            row.label = format!("{tasks} of the same, a thousand in a message");
        }
        Row::TasksLong => {}
        // With a worker alone: no program in Python starts a broker. `make chaos CLUSTER=1` shows what is lost with that.
        Row::TasksLostNode => {
            let tasks = size.pick(100, 200, 400);
            // Long enough that most are left to do when Celery's client has sent all.
            row.resize(1.0, |_| {
                format!("tasks --size {tasks} --nap 20 --lose node")
            });
            row.label = format!("{tasks} tasks of 20 ms, and one of two workers is killed");
        }
        Row::PingpongOneCore | Row::PingpongAnyCore => row.resize(1.0, |who| match who {
            Sequential => "pingpong --size 1000000".to_owned(),
            Cluster => "pingpong --size 50".to_owned(),
            Asyncio => "pingpong --size 20000".to_owned(),
            _ => "pingpong --size 5000".to_owned(),
        }),
        Row::StartMany => row.resize(1.0, |who| match who {
            Multiprocessing => "sleepers --time-scale 0 --size 50".to_owned(),
            Cluster => "sleepers --time-scale 0 --size 5".to_owned(),
            Asyncio => "sleepers --time-scale 0 --size 20000".to_owned(),
            _ => "sleepers --time-scale 0 --size 500".to_owned(),
        }),
        Row::ServeRate
        | Row::ServeMix
        | Row::ServeSlow
        | Row::ServePanic
        | Row::ServeAbort
        | Row::ServeKill
        | Row::At(Sweep::ServeOpen, _) => {}
        Row::Race => row.resize(1.0, |_| "race --size 1000000".to_owned()),
        Row::RaceCall => row.resize(1.0, |who| match who {
            Asyncio => "race-call --size 200000".to_owned(),
            _ => "race-call --size 1000000".to_owned(),
        }),
        _ => return None,
    }
    // Celery is in no hurry to call a process lost.
    let least = match row.name {
        Row::CrashAbort if row.cell(Cluster).is_some() => 5.0,
        // It waits for ten seconds in vain.
        Row::TasksLostNode => 20.0,
        _ => 1.0,
    };
    row.conditions.expected = row.conditions.expected.max(least);
    Some(row)
}

/// What has no counterpart in Rust: its lock, and what its own documents warn of or should have.
fn only_python(size: Size, description: &Description) -> Vec<Experiment> {
    let steps = size.pick(30_000, 60_000, 500_000);
    let buffers = size.pick(10, 20, 100);
    let repeat = size.pick(2, 5, 10);
    let mut rows = vec![probe(
        Row::HashesBuffers,
        format!("20 x {buffers} buffers of 1 MiB"),
        &[Sequential, Threading, Multiprocessing],
        &format!("hashes --buffers --size {buffers}"),
    )];
    let mut published = probe(
        Row::CatsPublished,
        format!("{repeat}00 photos, a session for each"),
        &[Threading, Asyncio],
        &format!("cats --repeat {repeat} --as-published"),
    );
    published.conditions.served = true;
    rows.push(published);
    for (name, home, flag) in [
        (Row::CrashPythonPool, "Pool", ""),
        (Row::CrashExecutor, "ProcessPoolExecutor", " --executor"),
    ] {
        let mut crash = probe(
            name,
            format!("1 of 10 units aborts in a {home}"),
            &[Multiprocessing],
            &format!("crash-pool --how abort{flag}"),
        );
        crash.conditions.may_die = true;
        crash.conditions.expected = 5.0;
        crash.once = true;
        rows.push(crash);
    }
    if description.interpreters {
        rows.push(probe(
            Row::HashesInterpreters,
            "an interpreter for each thread".to_owned(),
            &[Threading],
            &format!("hashes --size {steps} --interpreters"),
        ));
    }
    rows
}

fn probe(name: Row, label: String, contestants: &[Contestant], arguments: &str) -> Experiment {
    let probe = Experiment::probe(name).label(label);
    let contestants = contestants.iter();
    contestants.fold(probe, |probe, who| probe.by(*who, arguments))
}

/// Lines of a twin's three workload files that are neither blank nor comment nor header.
pub fn lines_of(contestant: Contestant) -> anyhow::Result<u64> {
    let folder = places::twins()?.join("story").join(contestant.name());
    let mut lines = 0;
    for file in ["waiter.py", "download.py", "compute.py"] {
        let path = folder.join(file);
        let text = fs::read_to_string(&path);
        lines += count(&text.with_context(|| format!("cannot read {}", path.display()))?);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::options::Options;
    use crate::plan::experiments;

    #[test]
    fn no_warm_up_is_larger_than_what_is_timed() {
        let extent = Options::without_environment(&["--quick"]).extent;
        let rust = experiments::plan(&extent, 2);
        for name in [Row::Cats, Row::Lists, Row::Squares, Row::Hashes] {
            let row = rust.iter().find(|row| row.name == name).unwrap();
            for cell in twin(row, Size::Quick).unwrap().cells {
                assert_eq!(cell.warm_up_arguments, Some(cell.arguments), "{name}");
            }
        }
    }

    #[test]
    fn a_computation_has_as_many_workers_as_rusts() {
        let description = Description {
            version: "3.14.0".to_owned(),
            implementation: "CPython".to_owned(),
            free_threading: false,
            interpreters: true,
            missing: Vec::new(),
        };
        let extent = Options::without_environment(&[]).extent;
        let rows = plan(&extent, &description, &experiments::plan(&extent, 2));
        let workers = format!(" --workers {}", workloads::workers()[1]);
        let mut computations = 0;
        for cell in rows.iter().flat_map(|row| &row.cells) {
            let warm_up = cell.warm_up_arguments.iter();
            for arguments in warm_up.chain([&cell.arguments]) {
                let line = arguments.join(" ");
                let computes = ["lists", "squares", "hashes"].contains(&&*arguments[0]);
                assert_eq!(line.contains(&workers), computes, "{line}");
                computations += u64::from(computes);
            }
        }
        assert!(computations > 20, "{computations}");
    }

    #[test]
    fn headers_and_comments_are_no_code() {
        let source = "\"\"\"Header.\n\n    run it\n\"\"\"\n\nimport time\n\n\ndef run():\n    # why\n    time.sleep(1)\n";
        assert_eq!(count(source), 3);
    }
}
