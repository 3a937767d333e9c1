//! Renderings of the results: a terminal, Markdown, JSON.

pub mod markdown;
pub mod terminal;

use std::env;
use std::path::PathBuf;

use anyhow::Context;

use crate::results::{self, Results};

/// Prints the tables, writes the files, and says where they are.
///
/// # Errors
///
/// If a file cannot be written.
pub fn everything(results: &Results) -> anyhow::Result<()> {
    let folder = folder()?;
    terminal::print(results);
    results.save(&folder.join(RESULTS))?;
    results::write(&folder.join("table.md"), &markdown::report(results))?;
    anstream::println!("\nWritten to {}: {RESULTS}, table.md", folder.display());
    Ok(())
}

/// Prints the last run's tables again.
///
/// # Errors
///
/// If there was no run.
pub fn again() -> anyhow::Result<()> {
    terminal::print(&Results::load(&folder()?.join(RESULTS))?);
    Ok(())
}

/// All measurements, as JSON.
pub const RESULTS: &str = "results.json";

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
