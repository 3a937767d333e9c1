//! The last stage: how it is written down, in a terminal, as Markdown, JSON, CSV and as a page. It imports `model` and
//! `judge`.

mod csv;
pub mod explain;
pub mod export;
mod grid;
mod guidance;
mod latency;
mod markdown;
pub mod page;
mod python;
pub mod read;
pub mod readme;
pub mod schema;
mod terminal;

pub use markdown::{heads, tables};
pub use python::into_readme;

use std::env;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context;
use shared::trace::heard;

use crate::judge::changes::since;
use crate::judge::report::Report;
use crate::model::results::{self, Results};
use crate::render::export::File;
use crate::render::schema::schema;

/// Prints the tables, writes the files, and says where they are.
///
/// # Errors
///
/// If a file cannot be written, or the tables cannot be printed.
pub fn everything(results: &Results, base: Option<&Results>) -> anyhow::Result<()> {
    let folder = folder()?;
    let report = Report::of(results);
    let file = File::of(results, &report).text()?;
    results::write(&folder.join(RESULTS), &file)?;
    results::write(&folder.join(SCHEMA), &schema()?)?;
    results::write(&folder.join(TABLE), &markdown::report(&report))?;
    results::write(&folder.join(RUNS), &csv::render(results))?;
    print(&terminal::render(&report))?;
    if let Some(base) = base {
        print(&terminal::changes(&since(base, results)))?;
    }
    print(&format!(
        "\nWritten to {}: {RESULTS}, {SCHEMA}, {TABLE}, {RUNS}\n",
        folder.display()
    ))
}

/// Prints the last run's tables again.
///
/// # Errors
///
/// If there was no run, or it cannot be printed.
pub fn again() -> anyhow::Result<()> {
    let results = Results::load(&folder()?.join(RESULTS))?;
    print(&terminal::render(&Report::of(&results)))
}

/// Prints on standard output. A reader who has left, as `head` does, is no failure.
///
/// # Errors
///
/// If it cannot be written.
pub fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = anstream::stdout();
    heard(
        stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush()),
    )
}

/// All measurements and verdicts, as JSON.
pub const RESULTS: &str = "results.json";
/// What RESULTS may look like, as a JSON Schema.
const SCHEMA: &str = "results.schema.json";
/// The report, as Markdown.
const TABLE: &str = "table.md";
/// All runs, as CSV.
const RUNS: &str = "results.csv";

/// The folder of the files: `compare` beside the folder of this program.
///
/// # Errors
///
/// If this program cannot tell where it is.
pub fn folder() -> anyhow::Result<PathBuf> {
    let here = env::current_exe().context("this program cannot tell where it is")?;
    let target = here.parent().and_then(|folder| folder.parent());
    let target = target.context("this program lies outside of any target folder")?;
    Ok(target.join("compare"))
}
