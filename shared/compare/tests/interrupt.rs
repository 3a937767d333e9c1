//! Ctrl-C keeps what was measured, says that it is a part, and leaves no process behind.

mod tools;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tools::{deaf, programs, unwrapped};

/// The processes whose program lies in this folder.
fn running(folder: &Path) -> Vec<PathBuf> {
    let processes = fs::read_dir("/proc").expect("Linux").flatten();
    let programs = processes.filter_map(|process| fs::read_link(process.path().join("exe")).ok());
    programs
        .filter(|program| program.starts_with(folder))
        .collect()
}

#[test]
fn an_interrupt_keeps_what_was_measured_and_leaves_no_process_behind() {
    let Some(folder) = programs("interrupt") else {
        return;
    };
    let folder = folder.canonicalize().expect("a folder of our own");
    let mut child = deaf(Command::new(folder.join("compare")))
        .args(["--quick", "--rounds", "100", "--only", "hello"])
        .args(["--techniques", "multiprocessing"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("compare starts");
    let stderr = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut lines = stderr.lines().map_while(Result::ok);
    assert!(lines.any(|line| line == "round 3 of 100"));
    assert!(!running(&folder).is_empty());
    kill_process(Pid::from_child(&child), Signal::INT).expect("a child of our own");
    let said: Vec<_> = lines.collect();
    let mut text = String::new();
    let mut stdout = child.stdout.take().expect("a pipe");
    stdout.read_to_string(&mut text).expect("text");
    let status = child.wait().expect("a child of our own");

    assert_eq!(status.code(), Some(130), "{said:?}");
    assert!(said.concat().contains("interrupted"), "{said:?}");
    let text = unwrapped(&text);
    assert!(text.contains("The run was interrupted"), "{text}");
    let results = fs::read(folder.join("../compare/results.json")).expect("results");
    let results: serde_json::Value = serde_json::from_slice(&results).expect("JSON");
    assert_eq!(results["complete"], false);
    let cell = &results["experiments"][0]["cells"][0];
    assert!(cell["rounds"].as_array().expect("rounds").len() >= 2);
    // Killed means killed, but a new parent may take a moment to reap what had started others.
    while !running(&folder).is_empty() {
        std::thread::yield_now();
    }
}
