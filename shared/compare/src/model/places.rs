//! Where the sources, the programs and the written files are.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};

/// All measurements and verdicts, as JSON.
pub const RESULTS: &str = "results.json";
/// The table of the last calibration, in Markdown.
pub const CALIBRATION: &str = "calibration.md";

/// The folder of the files: `compare` beside the folder of this program.
///
/// # Errors
///
/// If this program cannot tell where it is.
pub fn folder() -> anyhow::Result<PathBuf> {
    Ok(target()?.join("compare"))
}

/// The folder of what readers have had measured: `work` beside it.
///
/// # Errors
///
/// If this program cannot tell where it is.
pub fn own() -> anyhow::Result<PathBuf> {
    Ok(target()?.join("work"))
}

fn target() -> anyhow::Result<PathBuf> {
    let here = env::current_exe().context("this program cannot tell where it is")?;
    let target = here.parent().and_then(|folder| folder.parent());
    let target = target.context("this program lies outside of any target folder")?;
    Ok(target.to_owned())
}

/// The folder of the workspace that this program was built from.
///
/// # Errors
///
/// If it is no longer there.
pub fn workspace() -> anyhow::Result<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    folder
        .canonicalize()
        .with_context(|| format!("the sources are no longer at {}", folder.display()))
}

/// The folder of this program, where the others are.
///
/// # Errors
///
/// If one of them is missing.
pub fn programs() -> anyhow::Result<PathBuf> {
    let here = env::current_exe().context("this program cannot tell where it is")?;
    let folder = here.parent().unwrap_or(Path::new("/")).to_owned();
    let server = folder.join("server");
    ensure!(
        server.is_file(),
        "{} is missing: build everything with `cargo build --release --workspace`",
        server.display()
    );
    Ok(folder)
}

/// The folder of the twins in Python.
///
/// # Errors
///
/// If the sources are no longer there.
pub fn twins() -> anyhow::Result<PathBuf> {
    Ok(workspace()?.join("shared/python"))
}
