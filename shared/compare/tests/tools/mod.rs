//! `compare` for tests: among the programs it needs, and without the options that the environment of the tests may hold.

#![allow(dead_code, reason = "every test file takes what it needs")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

/// Every variable that is an option of `compare`: `PYTHON=... make test` must not change what a test measures.
pub const VARIABLES: [&str; 24] = [
    "ROUNDS",
    "FULL",
    "QUICK",
    "ONLY",
    "TECHNIQUES",
    "LADDER",
    "MEMORY",
    "BASE",
    "STABLE",
    "MACHINES",
    "PYTHON",
    "FAULTS",
    "CELL",
    "W",
    "A",
    "B",
    "WORK",
    "ITEMS",
    "WORKERS",
    "ONCE",
    "REQUESTS",
    "SITE",
    "OTHERS",
    "ROWS",
];

/// This command without the variables that are options.
pub fn without_options(mut command: Command) -> Command {
    for name in VARIABLES {
        command.env_remove(name);
    }
    command
}

/// `compare` where it was built.
pub fn compare() -> Command {
    without_options(Command::new(env!("CARGO_BIN_EXE_compare")))
}

/// The programs in a folder of their own below one of this name, so that the results of the last real run stay. What is not
/// built yet is built: a test never passes because it had nothing to run.
pub fn programs(name: &str) -> PathBuf {
    let built = Path::new(env!("CARGO_BIN_EXE_compare")).parent();
    let built = built.expect("a folder");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(name)
        .join("programs");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    let programs = built_by_make();
    if !programs.iter().all(|program| built.join(program).exists()) {
        build(built.ends_with("release"));
    }
    for program in programs {
        let (from, to) = (built.join(program), folder.join(program));
        fs::hard_link(&from, to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
    }
    folder
}

/// The programs that `make compare` builds, with the cluster's.
fn built_by_make() -> Vec<&'static str> {
    let makefile = include_str!("../../../../Makefile");
    let (_, lists) = makefile.split_once("\nPROGRAMS = ").expect("a list");
    let (lists, _) = lists.split_once("\nCOMPARE = ").expect("its end");
    let words = lists.split("--bin ").skip(1);
    let programs = words.filter_map(|words| words.split([' ', ')', '\n']).next());
    let programs: Vec<_> = programs.collect();
    assert!(programs.contains(&"compare") && programs.contains(&"cluster"));
    programs
}

fn build(release: bool) {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["build", "--quiet", "--workspace", "--bins"])
        .args(release.then_some("--release"))
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    assert!(cargo.status().expect("cargo").success(), "{cargo:?}");
}

/// Nothing that these tests wait for takes longer, on any machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until nothing is left of what this lists.
pub fn wait_until_none_is_left(left: impl Fn() -> Vec<PathBuf>) {
    let end = Instant::now() + PATIENCE;
    while let left = left()
        && !left.is_empty()
    {
        assert!(Instant::now() < end, "these are left: {left:?}");
        thread::yield_now();
    }
}

/// Replaces the program at this path by a script. Another process makes it, since what this one writes may still be open in a child
/// that another test has just forked, and then cannot be run.
pub fn replace(program: &Path, script: &str) {
    fs::remove_file(program).expect("a folder of our own");
    let make = r#"printf '#!/bin/sh\n%s\n' "$1" >"$0" && chmod +x "$0""#;
    let mut shell = Command::new("sh");
    let made = shell.args(["-c", make]).arg(program).arg(script).status();
    assert!(made.expect("a shell").success());
}

/// The folder of the newest run that these programs have kept.
pub fn latest(programs: &Path) -> PathBuf {
    programs.join("../compare/latest")
}

/// Text without its line breaks: what was wrapped to the width of a terminal, to be searched.
pub fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
