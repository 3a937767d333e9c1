//! Ctrl-C keeps what was measured, says that it is a part, and leaves no process behind.

mod tools;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::SIGINT;
use tools::{programs, replace, unwrapped, wait_until_none_is_left, without_options};

/// The processes whose program lies in this folder.
fn running(folder: &Path) -> Vec<PathBuf> {
    let processes = fs::read_dir("/proc").expect("Linux").flatten();
    let programs = processes.filter_map(|process| fs::read_link(process.path().join("exe")).ok());
    programs
        .filter(|program| program.starts_with(folder))
        .collect()
}

/// Has SIGINT end what is started from now on. In the background of a script it is ignored, and `compare` would go on ignoring it;
/// a signal that is caught here is not inherited.
fn heed_interrupts() {
    let caught = Arc::new(AtomicBool::new(true));
    signal_hook::flag::register_conditional_shutdown(SIGINT, 130, caught)
        .expect("a signal that may be caught");
}

/// Interrupts `compare` after the first line for which `now` is true. What it says then, on standard error and output.
fn interrupted(compare: &mut Command, now: impl FnMut(String) -> bool) -> (String, String) {
    heed_interrupts();
    let compare = compare.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = compare.spawn().expect("compare starts");
    let stderr = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut lines = stderr.lines().map_while(Result::ok);
    assert!(lines.any(now));
    kill_process(Pid::from_child(&child), Signal::INT).expect("a child of our own");
    let said: String = lines.collect();
    let mut text = String::new();
    let mut stdout = child.stdout.take().expect("a pipe");
    stdout.read_to_string(&mut text).expect("text");
    let status = child.wait().expect("a child of our own");
    assert_eq!(status.code(), Some(130), "{said}");
    (said, text)
}

#[test]
fn an_interrupt_before_anything_is_measured_leaves_the_last_run_as_it_was() {
    let folder = programs("early");
    // Instead of a program one that never ends.
    replace(&folder.join("multiprocessing"), "exec sleep 1000");
    let written = folder.join("../compare");
    let files = [
        "results.json",
        "pictures.json",
        "timelines/hello-asyncio.svg",
    ];
    fs::create_dir_all(written.join("timelines")).expect("a folder of our own");
    for file in files {
        fs::write(written.join(file), "of the last run").expect("a folder of our own");
    }

    let mut compare = without_options(Command::new(folder.join("compare")));
    compare.args([
        "--quick",
        "--only",
        "hello",
        "--techniques",
        "multiprocessing",
    ]);
    let has_begun = |line: String| line.starts_with("waiting") || line.starts_with("warm-up");
    let (said, text) = interrupted(&mut compare, has_begun);

    assert!(said.contains("nothing was measured"), "{said}");
    assert_eq!(text, "");
    for file in files {
        let kept = fs::read_to_string(written.join(file)).expect(file);
        assert_eq!(kept, "of the last run", "{file}");
    }
}

#[test]
fn an_interrupt_while_machines_start_ends_the_run() {
    let folder = programs("starting");
    // Instead of the cluster a program that stands for good, says where it is, and ends with its input.
    replace(&folder.join("cluster"), r#": >"$0.begun"; exec cat"#);
    let begun = folder.join("cluster.begun");
    let made = Command::new("mkfifo").arg(&begun).status();
    assert!(made.expect("mkfifo").success());
    let mut compare = without_options(Command::new(folder.join("compare")));
    compare.args(["--quick", "--only", "waiter", "--machines", "2"]);
    let has_begun = |line: String| {
        // The other end is opened by the program.
        line.starts_with("starting") && fs::read(&begun).is_ok()
    };
    let (said, text) = interrupted(&mut compare, has_begun);
    assert!(said.contains("nothing was measured"), "{said}");
    assert_eq!(text, "");
}

#[test]
fn an_interrupt_keeps_what_was_measured_and_leaves_no_process_behind() {
    let folder = programs("interrupt");
    let folder = folder.canonicalize().expect("a folder of our own");
    let mut compare = without_options(Command::new(folder.join("compare")));
    compare
        .args(["--quick", "--rounds", "100", "--only", "hello"])
        .args(["--techniques", "multiprocessing"]);
    let in_the_middle = |line| line == "round 3" && !running(&folder).is_empty();
    let (said, text) = interrupted(&mut compare, in_the_middle);

    assert!(said.contains("interrupted"), "{said}");
    let text = unwrapped(&text);
    assert!(text.contains("The run was interrupted"), "{text}");
    let results = fs::read(folder.join("../compare/latest/results.json")).expect("results");
    let results: serde_json::Value = serde_json::from_slice(&results).expect("JSON");
    assert_eq!(results["complete"], false);
    let cell = &results["experiments"][0]["cells"][0];
    assert!(cell["rounds"].as_array().expect("rounds").len() >= 2);
    // Killed means killed, but a new parent may take a moment to reap what had started others.
    wait_until_none_is_left(|| running(&folder));
}

#[test]
fn a_hangup_that_was_ignored_at_the_start_stays_ignored() {
    let folder = programs("nohup")
        .canonicalize()
        .expect("a folder of our own");
    // As nohup starts it.
    let mut child = without_options(Command::new("sh"))
        .args(["-c", "trap '' HUP; exec \"$0\" \"$@\""])
        .arg(folder.join("compare"))
        .args(["--quick", "--rounds", "1", "--only", "waiter"])
        .args(["--techniques", "threading,multiprocessing"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a shell");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    assert!(lines.any(|line| line.expect("text").starts_with("warm-up")));
    kill_process(Pid::from_child(&child), Signal::HUP).expect("a child of our own");
    let said: Vec<_> = lines.map(|line| line.expect("text")).collect();
    let status = child.wait_with_output().expect("a child of our own").status;
    assert_eq!(status.code(), Some(0), "{said:?}");
}
