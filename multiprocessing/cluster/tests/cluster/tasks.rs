//! The Rust side's tasks.

use std::fs::OpenOptions;
use std::io::Write;
use std::thread::sleep;
use std::time::Duration;

use cluster::{Exception, current_task, tasks, time_left};

pub fn init() {
    cluster::init(tasks![
        add as "rust.add"(a, b),
        fail as "rust.fail",
        panic as "rust.panic",
        die as "rust.die",
        die_of as "rust.die_of",
        nap as "rust.nap"(seconds),
        patient as "rust.patient",
        echo as "rust.echo",
        nothing as "rust.nothing",
        again as "rust.again",
        note as "rust.note",
        halve as "rust.halve",
        pid as "rust.pid",
        square,
    ]);
}

pub fn add(a: i128, b: i128) -> i128 {
    a + b
}

pub fn square(number: u64) -> u64 {
    number * number
}

pub fn fail(text: String) -> Result<(), Exception> {
    Err(Exception::new("builtins", "ValueError", [text]))
}

pub fn panic(text: String) {
    panic!("{text}");
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

pub fn nap(seconds: f64) -> f64 {
    sleep(Duration::from_secs_f64(seconds));
    seconds
}

/// Works until its soft time limit.
pub fn patient() -> Result<(), Exception> {
    while time_left().is_some_and(|left| !left.is_zero()) {
        sleep(Duration::from_millis(1));
    }
    Err(Exception::soft_time_limit())
}

pub fn echo(text: String) -> String {
    text
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

/// Writes what it gets into the file that the environment names.
pub fn note(value: serde_json::Value) {
    if let Some(path) = std::env::var_os("NOTES") {
        let file = OpenOptions::new().create(true).append(true).open(path);
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
