//! Where and when: a number without these is hearsay.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::SystemTime;
use std::{env, fs};

use anyhow::{Context, ensure};
use rustix::system::uname;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The machine, the compiler, the code and the day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Machine {
    /// Model of the processor.
    pub cpu: String,
    /// Cores that this process may use.
    pub cores: u64,
    /// Bytes of memory.
    pub memory: u64,
    /// Kernel and its version.
    pub kernel: String,
    /// The compiler that built the programs.
    pub compiler: String,
    /// The commit, with a mark if files have changed since.
    pub commit: String,
    /// When the run began, in UTC.
    pub date: String,
}

impl Machine {
    /// This machine, now.
    pub fn here() -> Self {
        let kernel = uname();
        Self {
            cpu: field("/proc/cpuinfo", "model name").unwrap_or("an unknown processor".to_owned()),
            cores: cores(),
            memory: 1024 * kib("/proc/meminfo", "MemTotal").unwrap_or_default(),
            kernel: format!(
                "{} {}",
                kernel.sysname().to_string_lossy(),
                kernel.release().to_string_lossy()
            ),
            compiler: env!("COMPILER").to_owned(),
            commit: commit().unwrap_or("unknown".to_owned()),
            date: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        }
    }
}

/// Cores that this process may use.
pub fn cores() -> u64 {
    thread::available_parallelism().map_or(1, |cores| cores.get() as u64)
}

/// Bytes of memory that could be had without swapping; `None` if the system does not tell.
pub fn available_memory() -> Option<u64> {
    Some(1024 * kib("/proc/meminfo", "MemAvailable")?)
}

/// The value of the first line `key: value` in one of the system's files.
pub fn field(file: impl AsRef<Path>, key: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let value = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        (name.trim() == key).then(|| value.trim().to_owned())
    });
    value.filter(|value| !value.is_empty())
}

/// The same for a value in kB.
pub fn kib(file: impl AsRef<Path>, key: &str) -> Option<u64> {
    field(file, key)?.strip_suffix(" kB")?.parse().ok()
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

fn commit() -> Option<String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .arg("-C")
            .arg(workspace().ok()?)
            .args(arguments)
            .output()
            .ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned())
    };
    let commit = git(&["rev-parse", "--short", "HEAD"])?;
    let changed = git(&["status", "--porcelain", "--untracked-files=no"])?;
    Some(if changed.is_empty() {
        commit
    } else {
        format!("{commit} and changes")
    })
}
