//! `compare` for tests: among the programs it needs, and deaf to the environment in which the tests run.

#![allow(dead_code, reason = "every test file takes what it needs")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Every variable that is an option of `compare`: `PYTHON=... make test` must not change what a test measures.
pub const VARIABLES: [&str; 14] = [
    "ROUNDS",
    "FULL",
    "QUICK",
    "ONLY",
    "TECHNIQUES",
    "LADDER",
    "MEMORY",
    "BASE",
    "PYTHON",
    "FAULTS",
    "CELL",
    "W",
    "A",
    "B",
];

/// This command without the variables that are options.
pub fn deaf(mut command: Command) -> Command {
    for name in VARIABLES {
        command.env_remove(name);
    }
    command
}

/// `compare` where it was built.
pub fn compare() -> Command {
    deaf(Command::new(env!("CARGO_BIN_EXE_compare")))
}

/// The programs in a folder of their own below one of this name, so that the results of the last real run stay; `None`,
/// which is said, if they are not built.
pub fn programs(name: &str) -> Option<PathBuf> {
    let built = Path::new(env!("CARGO_BIN_EXE_compare")).parent()?;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(name)
        .join("programs");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    for program in [
        "compare",
        "server",
        "sequential",
        "threading",
        "multiprocessing",
        "asyncio",
    ] {
        if fs::hard_link(built.join(program), folder.join(program)).is_err() {
            eprintln!("skipped: build everything with `cargo build --workspace`");
            return None;
        }
    }
    Some(folder)
}

/// Text without its line breaks: what was wrapped to the width of a terminal, to be searched.
pub fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
