//! The last stage: how it is written down, in a terminal, as Markdown, JSON, CSV and as a page. It imports `model` and
//! `judge`.

mod csv;
pub mod explain;
pub mod export;
mod hyperfine;
mod markdown;
pub mod own;
pub mod page;
pub mod picture;
pub mod read;
pub mod readme;
pub mod schema;
mod sections;
mod table;
mod terminal;

pub use markdown::heads;

use std::path::Path;

use crate::judge::changes::changes_since;
use crate::judge::report::Report;
use crate::model::archive::Archive;
use crate::model::places::RESULTS;
use crate::model::results::Results;
use crate::model::store;
use crate::output;
use crate::render::export::File;
use crate::render::schema::schema;
use crate::render::table::paragraph;

/// Prints the answer and writes the files of this run into its folder. Where one of the two fails, the other is still done:
/// what is reported took minutes to measure.
///
/// # Errors
///
/// If it cannot be printed, or a file cannot be written.
pub fn everything(results: &Results, base: Option<&Results>, run: &Path) -> anyhow::Result<()> {
    let report = Report::of(results);
    let width = terminal::width();
    let changes = base.map(|base| terminal::changes(&changes_since(base, results), width));
    // What was asked for by name is shown at once; of everything, the answer.
    let tables = match results.partial {
        true => terminal::whole(&report, width),
        false => terminal::first(&report, width),
    };
    let printed = output::print(&(tables + &changes.unwrap_or_default()));
    write(results, &report, run)?;
    printed
}

fn write(results: &Results, report: &Report, run: &Path) -> anyhow::Result<()> {
    let file = File::of(results, report).text()?;
    store::write(&run.join(RESULTS), &file)?;
    store::write(&run.join(SCHEMA), &schema()?)?;
    store::write(&run.join(TABLE), &markdown::report(report))?;
    store::write(&run.join(RUNS), &csv::render(results)?)?;
    store::write(&run.join(HYPERFINE), &hyperfine::render(results)?)?;
    page::write(results, report, run).map(drop)
}

/// Where a run is kept, and how to see more of it.
pub fn kept(run: &Path, latest: bool) -> String {
    let page = run.join(page::FILE);
    let more = match latest {
        true => "All the rest: make show\nBehind a cell: make explain CELL=threading.scheduling",
        false => "This run is a part: show, open, explain and readme keep to the last whole one.",
    };
    let beside = [RESULTS, SCHEMA, TABLE, RUNS, HYPERFINE].join(", ");
    let line = |text: &str| paragraph(text, terminal::width(), 2);
    // A path has a line of its own: where a terminal breaks it, it cannot be copied.
    [
        "\nThe page, with charts, pictures and all sources side by side:\n".to_owned(),
        format!("{}\n", page.display()),
        line(&format!("Beside it: {beside}")),
        more.lines().map(line).collect(),
    ]
    .concat()
}

/// Prints all of the last run.
///
/// # Errors
///
/// If there was no run, or it cannot be printed.
pub fn again() -> anyhow::Result<()> {
    let results = Results::load(&Archive::open()?.latest().join(RESULTS))?;
    output::print(&terminal::whole(&Report::of(&results), terminal::width()))
}

/// What RESULTS may look like, as a JSON Schema.
const SCHEMA: &str = "results.schema.json";
/// The report, as Markdown.
const TABLE: &str = "table.md";
/// All runs, as CSV.
const RUNS: &str = "results.csv";
/// The runs of the workloads, in hyperfine's form.
const HYPERFINE: &str = "results.hyperfine.json";
