//! The ladder against a limit that was set low on purpose: the coroner must name that one.
//!
//! They climb to the cliff, where slowness ends nothing: what they find depends on the limit and not on the machine.

mod tools;

use std::process::Command;
use tools::{deaf, programs, unwrapped};

/// What `technique`'s ladder says where `before` has been done in a shell.
fn climbed(name: &str, technique: &str, before: &str) -> Option<String> {
    let folder = programs(name)?;
    let script = format!(
        "{before} exec \"$0\" --quick --ladder cliff --only sleepers --techniques {technique}"
    );
    let output = deaf(Command::new("sh"))
        .args(["-c", &script])
        .arg(folder.join("compare"))
        .output()
        .expect("a shell");
    let text = String::from_utf8(output.stdout).expect("text");
    let (_, ladder) = text
        .split_once("Ladder")
        .unwrap_or_else(|| panic!("no section about the ladder in {text}"));
    Some(unwrapped(ladder))
}

#[test]
fn processes_that_run_out_of_files_are_told_so() {
    let Some(ladder) = climbed("files", "multiprocessing", "ulimit -n 64;") else {
        return;
    };
    assert!(
        ladder.contains("it dies: RLIMIT_NOFILE allows 64"),
        "{ladder}"
    );
    assert!(ladder.contains("raise it with `ulimit -Hn`"), "{ladder}");
}
