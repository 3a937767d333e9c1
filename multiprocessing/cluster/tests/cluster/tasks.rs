//! The Rust side's tasks.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use cluster::{Exception, current_task, tasks, time_left};

/// The pipes of a gate.
pub const BEGUN: &str = "begun";
pub const OPEN: &str = "open";

pub fn init() {
    cluster::init(tasks![
        add as "rust.add"(a, b),
        fail as "rust.fail",
        panic as "rust.panic",
        die as "rust.die",
        die_of as "rust.die_of",
        hold as "rust.hold",
        endless as "rust.endless",
        patient as "rust.patient",
        echo as "rust.echo",
        nothing as "rust.nothing",
        again as "rust.again",
        note as "rust.note",
        halve as "rust.halve",
        pid as "rust.pid",
        bomb as "rust.bomb",
        repeat as "rust.repeat",
        square,
        nap,
    ]);
}

pub fn add(a: i128, b: i128) -> i128 {
    a + b
}

pub fn square(number: u64) -> u64 {
    number * number
}

/// Sleeps for so many milliseconds.
pub fn nap(milliseconds: u64) {
    thread::sleep(Duration::from_millis(milliseconds));
}

pub fn fail(text: String) -> Result<(), Exception> {
    Err(Exception::new("builtins", "ValueError", [text]))
}

pub fn panic(text: String) {
    panic!("{text}");
}

/// One number panics with a value that panics, too, when it is dropped.
pub fn bomb(number: u64) -> u64 {
    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }

    match number {
        5 => std::panic::panic_any(Bomb),
        _ => number,
    }
}

pub fn die() {
    std::process::abort();
}

/// Dies of one number.
pub fn die_of(number: u64, deadly: u64) -> u64 {
    if number == deadly {
        std::process::abort();
    }
    number
}

/// Says that it has begun, and waits until the gate is open.
pub fn hold(gate: PathBuf) {
    let mut begun = OpenOptions::new()
        .write(true)
        .open(gate.join(BEGUN))
        .unwrap();
    begun.write_all(b"!").unwrap();
    // This waits until the other end is open, too.
    OpenOptions::new().read(true).open(gate.join(OPEN)).unwrap();
}

/// Ends with its worker.
pub fn endless() {
    loop {
        thread::park();
    }
}

/// Works until its soft time limit.
pub fn patient() -> Result<(), Exception> {
    while let Some(left) = time_left().filter(|left| !left.is_zero()) {
        thread::park_timeout(left);
    }
    Err(Exception::soft_time_limit())
}

pub fn echo(text: String) -> String {
    text
}

/// A text of so many bytes.
pub fn repeat(bytes: usize) -> String {
    "x".repeat(bytes)
}

pub fn nothing() {}

/// Succeeds at the retry of this number.
pub fn again(at: u32) -> Result<u32, Exception> {
    let retries = current_task().map_or(0, |task| task.retries);
    match retries >= at {
        true => Ok(retries),
        false => Err(Exception::value_error("later").retry(Duration::from_millis(50), 3)),
    }
}

/// Writes what it gets into the pipe that the environment names.
pub fn note(value: serde_json::Value) {
    if let Some(path) = std::env::var_os("NOTES") {
        let file = OpenOptions::new().write(true).open(path);
        writeln!(file.unwrap(), "{value}").unwrap();
    }
}

pub fn halve(number: u64) -> Result<u64, String> {
    match number % 2 {
        0 => Ok(number / 2),
        _ => Err(format!("{number} is odd")),
    }
}

pub fn pid(_: u64) -> u32 {
    std::process::id()
}
