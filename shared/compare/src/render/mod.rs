//! The last stage: how it is written down, in a terminal, as Markdown, JSON, CSV and as a page. It imports `model` and
//! `judge`.

mod csv;
pub mod explain;
pub mod export;
mod grid;
mod guidance;
mod latency;
mod layout;
mod markdown;
pub mod page;
mod python;
pub mod read;
pub mod readme;
pub mod schema;
mod terminal;

pub use markdown::{heads, tables};
pub use python::into_readme;

use crate::judge::changes::since;
use crate::judge::report::Report;
use crate::model::places::{self, RESULTS};
use crate::model::results::Results;
use crate::model::store;
use crate::output;
use crate::render::export::File;
use crate::render::schema::schema;

/// Prints the tables, writes the files, and says where they are.
///
/// # Errors
///
/// If a file cannot be written, or the tables cannot be printed.
pub fn everything(results: &Results, base: Option<&Results>) -> anyhow::Result<()> {
    let folder = places::folder()?;
    let report = Report::of(results);
    let file = File::of(results, &report).text()?;
    store::write(&folder.join(RESULTS), &file)?;
    store::write(&folder.join(SCHEMA), &schema()?)?;
    store::write(&folder.join(TABLE), &markdown::report(&report))?;
    store::write(&folder.join(RUNS), &csv::render(results))?;
    output::print(&terminal::render(&report))?;
    if let Some(base) = base {
        output::print(&terminal::changes(&since(base, results)))?;
    }
    output::print(&format!(
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
    let results = Results::load(&places::folder()?.join(RESULTS))?;
    output::print(&terminal::render(&Report::of(&results)))
}

/// What RESULTS may look like, as a JSON Schema.
const SCHEMA: &str = "results.schema.json";
/// The report, as Markdown.
const TABLE: &str = "table.md";
/// All runs, as CSV.
const RUNS: &str = "results.csv";
