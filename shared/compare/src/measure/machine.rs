//! Reads what this machine is and has.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::SystemTime;

use rustix::system::uname;

use crate::measure::quota::Quota;
use crate::model::machine::Machine;
use crate::model::places;

impl Machine {
    /// This machine, now.
    pub fn here() -> Self {
        let kernel = uname();
        Self {
            cpu: field("/proc/cpuinfo", "model name").unwrap_or("an unknown processor".to_owned()),
            cores: cores(),
            quota: Quota::here().map(|quota| (quota.cores, quota.version)),
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

fn commit() -> Option<String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .arg("-C")
            .arg(places::workspace().ok()?)
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
