//! The ladder against a limit that was set low on purpose: its report must name that one.
//!
//! They climb to the cliff, where slowness ends nothing: what they find depends on the limit and not on the machine.

mod tools;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use tools::{programs, unwrapped, without_options};

/// What `technique`'s ladder says if `before` stands before the command, in a shell.
fn climbed(name: &str, technique: &str, before: &str) -> String {
    let folder = programs(name);
    // The user who runs it writes the results beside the programs, where those of another user may still lie.
    let beside = folder.parent().expect("a folder of our own");
    let _ = fs::remove_dir_all(beside.join("compare"));
    fs::set_permissions(beside, Permissions::from_mode(0o777)).expect("a folder of our own");
    let script =
        format!("{before} \"$0\" --quick --ladder cliff --only sleepers --techniques {technique}");
    let output = without_options(Command::new("sh"))
        .args(["-c", &script])
        .arg(folder.join("compare"))
        .output()
        .expect("a shell");
    let text = String::from_utf8(output.stdout).expect("text");
    let (_, ladder) = text
        .split_once("Ladder")
        .unwrap_or_else(|| panic!("no section about the ladder in {text}"));
    unwrapped(ladder)
}

#[test]
fn a_climb_that_runs_out_of_files_says_so() {
    let ladder = climbed("files", "multiprocessing", "ulimit -n 64; exec");
    assert!(
        ladder.contains("it dies: RLIMIT_NOFILE allows 64"),
        "{ladder}"
    );
    assert!(ladder.contains("raise it with `ulimit -Hn`"), "{ladder}");
}

#[test]
fn a_climb_that_runs_out_of_its_users_threads_says_so() {
    // Root has as many as it likes, so this is about another one: a user of this test's own, since threads of the same
    // user elsewhere would count. Those above 60,000 are often taken, by the user nobody and by systemd.
    let user = 20_000 + std::process::id() % 40_000;
    let stranger = format!("setpriv --reuid={user} --regid={user} --clear-groups --");
    let may = |command: &str| {
        let status = Command::new("sh").args(["-c", command]).status();
        status.is_ok_and(|status| status.success())
    };
    let here = env!("CARGO_BIN_EXE_compare");
    if !may(&format!(
        "{stranger} prlimit --nproc=200 {here} --version >/dev/null 2>&1"
    )) {
        eprintln!(
            "skipped: this takes root, setpriv and prlimit, and programs that every user may run"
        );
        return;
    }
    let before = format!("exec {stranger} prlimit --nproc=200");
    let ladder = climbed("threads", "threading", &before);
    assert!(
        ladder.contains("it dies: RLIMIT_NPROC allows 200"),
        "{ladder}"
    );
    assert!(ladder.contains("raise it with `ulimit -u`"), "{ladder}");
}

#[test]
fn a_climb_that_the_budget_ends_says_so() {
    let ladder = climbed("budget", "threading", "MEMORY=40000000 exec");
    assert!(
        ladder.contains("and this run may take 38.1 MiB"),
        "{ladder}"
    );
    assert!(!ladder.contains("dies"), "{ladder}");
}
