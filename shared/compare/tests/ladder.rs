//! The ladder against a limit that was set low on purpose: the coroner must name that one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The programs in a folder of their own, so that the results of the last real run stay; `None` if they are not built.
fn programs() -> Option<PathBuf> {
    let built = Path::new(env!("CARGO_BIN_EXE_compare")).parent()?;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ladder/programs");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    for name in ["compare", "server", "multiprocessing"] {
        fs::hard_link(built.join(name), folder.join(name)).ok()?;
    }
    Some(folder)
}

#[test]
fn processes_that_run_out_of_files_are_told_so() {
    let Some(folder) = programs() else {
        eprintln!("skipped: build everything with `cargo build --workspace`");
        return;
    };
    let script = "ulimit -n 64; exec \"$0\" --quick --only sleepers --techniques multiprocessing";
    let output = Command::new("sh")
        .args(["-c", script])
        .arg(folder.join("compare"))
        .env_remove("LADDER")
        .output()
        .expect("a shell");
    let text = String::from_utf8(output.stdout).expect("text");
    let (_, ladder) = text
        .split_once("Ladder")
        .expect("a section about the ladder");
    let ladder = ladder.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        ladder.contains("it dies: RLIMIT_NOFILE allows 64"),
        "{ladder}"
    );
    assert!(ladder.contains("raise it with `ulimit -Hn`"), "{ladder}");
}
