//! What `make compare` runs: measures the four programs from outside, judges, and reports.
//!
//!     cargo run --release -p compare
//!
//! Folders are stages. `model` is the data that all of them share; `plan` says what is measured, `measure` does it, `judge`
//! turns numbers into verdicts, `render` writes them down. README.md of this package says what may import what.

#[cfg(test)]
mod fixtures;
mod judge;
mod measure;
mod model;
mod output;
mod plan;
mod render;

use std::process::ExitCode;

use anyhow::{bail, ensure};
use shared::cli::{self, Partial};

use measure::progress::Progress;
use measure::python;
use measure::{bare_loop, bench, ladder, rounds, timelines};
use model::machine::Machine;
use model::options::{Command, Extent, Options};
use model::python::Python;
use model::results::Results;
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
        Some(Command::Explain { cell }) => explain::main(cell),
        Some(Command::Schema) => output::print(&schema::schema()?),
        Some(Command::Read(files)) => read::main(files),
        Some(Command::Page) => page::say(&page::again()?),
        Some(Command::Open) => page::open(),
        Some(Command::Readme { check: false }) => readme::write(),
        Some(Command::Readme { check: true }) => readme::check(),
        Some(Command::Copies { folder }) => page::copies(folder),
        Some(Command::BareLoop(job)) => bare_loop::main(job),
    }
}

fn compare(extent: &Extent) -> anyhow::Result<()> {
    extent.check()?;
    // Before anything is measured: a base that cannot be read should not cost minutes.
    let base = extent.base.as_deref().map(Results::load).transpose()?;
    let mut results = Results::planned(extent, Machine::here());
    for name in extent.pythons() {
        let python = Python::invited(name, extent, &results.experiments);
        if let Err(reason) = &python.description {
            // Now, too: whoever has mistyped a name need not wait for the end to learn of it.
            anstream::eprintln!("left out: {reason}");
        }
        results.pythons.push(python);
    }
    let interrupted = measure(&mut results, extent)?;
    results.complete = !interrupted;
    if interrupted && results.is_empty() {
        bail!(Partial::interrupted(
            "nothing was measured, and what an earlier run has written is as it was"
        ));
    }

    let page = page::write(&results)?;
    render::everything(&results, base.as_ref())?;
    output::print(&format!(
        "To look at and to read side by side: {}\n",
        page.display()
    ))?;
    if interrupted {
        bail!(Partial::interrupted(
            "the tables hold what was measured until then"
        ));
    }
    ensure!(
        results.all_well(),
        "a run failed or gave another answer than the rest: see above"
    );
    ensure!(
        results.pythons.iter().all(Python::all_well),
        "Rust is measured, but not every Python: see above"
    );
    Ok(())
}

/// Measures all that is planned. Says whether the user interrupted it.
fn measure(results: &mut Results, extent: &Extent) -> anyhow::Result<bool> {
    let bench = bench::Bench::set_up(extent.faults())?;
    let progress = Progress::begin();
    python::join(results);
    let climb = Climb::of(extent);
    let measured = rounds::measure(results, extent.rounds(), extent.enough(), &bench, &progress);
    let mut interrupted = measured.is_err();
    python::part(results);
    if extent.includes("sleepers") {
        for technique in Contestant::CONCLUDED
            .into_iter()
            .filter(|who| extent.invites(*who))
        {
            if interrupted {
                break;
            }
            match ladder::climb(None, technique, climb, &bench, &progress) {
                Ok(ladder) => results.ladders.push(ladder),
                Err(_) => interrupted = true,
            }
            for python in results
                .pythons
                .iter_mut()
                .filter(|it| it.description.is_ok())
            {
                let name = Some(python.program.as_str());
                match ladder::climb(name, technique, climb, &bench, &progress) {
                    Ok(ladder) => python.ladders.push(ladder),
                    Err(_) => interrupted = true,
                }
            }
        }
    }
    // Not sooner: a run that ends before it has measured anything leaves all files as they were.
    if !interrupted || !results.is_empty() {
        timelines::forget()?;
    }
    if !interrupted {
        interrupted = timelines::draw(results, &bench, &progress).is_err();
    }
    progress.end();
    Ok(interrupted)
}
