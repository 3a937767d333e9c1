//! Where the sources, the programs and the written files are.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use rustix::thread::{CpuSet, sched_getaffinity};

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

/// The way to a program that stands beside this one, for a shell that is where this program was started.
pub fn beside(program: &str) -> String {
    let here = env::current_exe().unwrap_or_default();
    let program = here.with_file_name(program);
    let start = env::current_dir().unwrap_or_default();
    let way = program.strip_prefix(start).unwrap_or(&program);
    let way = way.display().to_string();
    shlex::try_quote(&way).map_or(way.clone(), |way| way.into_owned())
}

/// The core that a program is confined to if it is to have one: the first of those that this one may use.
pub fn one_core() -> usize {
    let allowed = sched_getaffinity(None).ok();
    let allowed = allowed.and_then(|set| (0..CpuSet::MAX_CPU).find(|core| set.is_set(*core)));
    allowed.unwrap_or_default()
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
