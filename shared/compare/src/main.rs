//! What `make compare` runs: measures the four programs from outside, judges, and reports.
//!
//!     cargo run --release --bin compare
//!
//! Folders are stages. `model` is the data that all of them share; `plan` says what is measured, `measure` does it, `judge`
//! turns numbers into verdicts, `render` writes them down. README.md of this package says what may import what.

#[cfg(test)]
mod fixtures;
mod judge;
mod measure;
mod model;
mod output;
mod own;
mod plan;
mod render;

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use shared::cli::{self, Partial};

use judge::report::Report;
use judge::stability;
use measure::progress::Progress;
use measure::python;
use measure::{bare_loop, bench, calibrate, ladder, rounds, timelines};
use model::archive::Archive;
use model::calibration;
use model::machine::Machine;
use model::options::{Command, Extent, Options, wrong};
use model::places;
use model::python::Python;
use model::quantity::cores;
use model::results::Results;
use model::store;
use model::technique::Contestant;
use plan::climb::Climb;
use render::{explain, page, read, readme, schema};

fn main() -> ExitCode {
    cli::report("compare", run)
}

fn run() -> anyhow::Result<()> {
    let options = cli::parse::<Options>()?;
    match &options.command {
        None => compare(&options.extent),
        Some(Command::Show) => render::again(),
        Some(Command::Explain { cell }) => explain::main(cell.as_deref()),
        Some(Command::Calibrate {
            work: Some(folder), ..
        }) => own::calibrate(folder),
        Some(Command::Calibrate { rows, work: None }) => calibrate(*rows),
        Some(Command::Work(work)) => own::main(work),
        Some(Command::Schema) => output::print(&schema::schema()?),
        Some(Command::Read(files)) => read::main(files),
        Some(Command::Page) => page::say(&page::again()?),
        Some(Command::Open) => page::open(),
        Some(Command::Site { folder, others }) => page::site::main(folder.as_deref(), others),
        Some(Command::Readme { check: false }) => readme::write(),
        Some(Command::Readme { check: true }) => readme::check(),
        Some(Command::Copies { folder }) => page::copies(folder),
        Some(Command::BareLoop(job)) => bare_loop::main(job),
    }
}

fn compare(extent: &Extent) -> anyhow::Result<()> {
    extent.check()?;
    if let Some(why) = plan::nothing(extent, measure::machine::cores()) {
        bail!(wrong(why));
    }
    if let Some(times) = extent.stable {
        return stable(extent, times);
    }
    // Before anything is measured: a base that cannot be read, or files that cannot be written, should not cost minutes.
    let archive = Archive::open()?;
    let base = extent.base.as_ref();
    let base = base.map(|base| {
        let file = archive.results(base)?;
        let missing = || {
            let file = file.display();
            wrong(format!("BASE: there is no file {file}; allowed are last, how many runs ago, and a saved results.json"))
        };
        ensure!(file.exists(), missing());
        Results::load(&file)
    });
    let base = base.transpose()?;
    let draft = archive.begin()?;
    let mut results = Results::planned(extent, Machine::here());
    for name in extent.pythons() {
        let python = Python::invited(name, extent, &results.experiments);
        if let Err(reason) = &python.description {
            // Now, too: a mistyped name is refused at the start and not at the end.
            anstream::eprintln!("left out: {reason}");
        }
        results.pythons.push(python);
    }
    let interrupted = measure(&mut results, extent, Some(draft.folder()))?;
    results.complete = !interrupted;
    if interrupted && results.is_empty() {
        bail!(Partial::interrupted(
            "nothing was measured, and the files of earlier runs are as they were"
        ));
    }

    let reported = render::everything(&results, base.as_ref(), draft.folder());
    let (kept, latest) = draft.keep(&results.machine.date)?;
    reported.and_then(|()| output::print(&render::kept(&kept, latest)))?;
    if interrupted {
        bail!(Partial::interrupted(
            "the tables hold what was measured until then"
        ));
    }
    ensure!(results.all_well(), NOT_WELL);
    ensure!(
        results.pythons.iter().all(Python::all_well),
        "Rust is measured, but not every Python: see above"
    );
    Ok(())
}

/// What a run ends with that measured all, and not all of it well.
const NOT_WELL: &str = "a run failed or gave another answer than the rest: see above";

/// Measures so often, and says which answers differed.
fn stable(extent: &Extent, times: usize) -> anyhow::Result<()> {
    let mut runs = Vec::new();
    let mut all_well = true;
    for run in 1..=times {
        anstream::eprintln!("run {run} of {times}");
        let mut results = Results::planned(extent, Machine::here());
        if measure(&mut results, extent, None)? {
            bail!(Partial::interrupted(format!(
                "{} of {times} runs were compared",
                runs.len()
            )));
        }
        results.complete = true;
        all_well &= results.all_well();
        let report = Report::of(&results);
        // No table shows them: none of these runs is kept.
        for trouble in &report.troubles {
            anstream::eprintln!("run {run}: {trouble}");
        }
        runs.push(stability::answers(&report));
    }
    let differences = stability::differences(&runs);
    output::print(&stability::text(&runs, &differences))?;
    ensure!(all_well, NOT_WELL);
    ensure!(
        differences.iter().all(|difference| !difference.opposite),
        "two runs gave opposite answers: see above"
    );
    Ok(())
}

/// Tries the ranking's rule on rows of which the truth is known.
fn calibrate(rows: u64) -> anyhow::Result<()> {
    let path = places::folder()?.join(places::CALIBRATION);
    store::writable(&path)?;
    let bench = bench::Bench::set_up(None, None, &[])?;
    let progress = Progress::begin();
    let lines = calibrate::calibrate(rows, &bench, &progress);
    progress.end();
    let Ok(lines) = lines else {
        bail!(Partial::interrupted(
            "the calibration was not finished, so it has no result"
        ));
    };
    let machine = Machine::here();
    let table = format!(
        "{}, {}, {}; commit {}; {}.\n\n{}",
        machine.cpu,
        cores(machine.cores),
        machine.kernel,
        machine.commit,
        machine.date,
        calibration::table(&lines)
    );
    output::print(&table)?;
    store::write(&path, &table)?;
    ensure!(
        calibration::kept(&lines),
        "equals were declared different too often: the rule does not keep its word on this machine"
    );
    Ok(())
}

/// Measures all that is planned, and draws it where there is a folder for pictures. Says whether the user interrupted it.
fn measure(
    results: &mut Results,
    extent: &Extent,
    pictures: Option<&Path>,
) -> anyhow::Result<bool> {
    let begun = Instant::now();
    let takes_part = results.has(Contestant::Cluster);
    let machines = extent.machines.filter(|_| takes_part);
    let on_machines = |python: &&Python| {
        let mut rows = python.experiments.iter();
        rows.any(|row| row.cell(Contestant::Cluster).is_some())
    };
    let pythons = results.pythons.iter().filter(on_machines);
    let pythons: Vec<_> = pythons.map(|python| python.program.clone()).collect();
    let bench = bench::Bench::set_up(extent.faults(), machines, &pythons)?;
    results.standing = bench.standing().cloned();
    let progress = Progress::begin();
    let climbs = Climb::all(extent);
    let drawing = pictures.map_or(0.0, |_| timelines::expected(results));
    let afterwards = ladder::expected(results, &climbs) + drawing;
    progress.expect(afterwards);
    let enough = extent
        .enough()
        .saturating_sub(Duration::from_secs_f64(afterwards));
    let measured = rounds::measure(results, extent.rounds(), enough, &bench, &progress);
    let mut interrupted = measured.is_err();
    python::check(results);
    if !interrupted {
        interrupted = ladder::climb_all(results, &climbs, &bench, &progress).is_err();
    }
    if let (Some(folder), false) = (pictures, interrupted) {
        let left = extent.enough().saturating_sub(begun.elapsed());
        interrupted = timelines::draw(results, folder, left, &bench, &progress).is_err();
    }
    progress.end();
    Ok(interrupted)
}
