//! The ways in which a process ends, and what its exit code tells.
//!
//!     cargo run -p multiprocessing --example multiprocessing-terminate
//!
//! Python: process.terminate(); process.exitcode
//! Rust:   waiting.terminate()
//!
//! The numbers are Python's: 0 for a return, 1 for a panic (there an exception), the number of
//! `exit`, minus the number of the signal that killed it.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add multiprocessing-pool --path ../story/multiprocessing/library
//!     cargo run

use std::time::Duration;

use multiprocessing::{ExitStatus, Pipe, Process, tasks};

fn end(how: String, bell: Pipe<()>) {
    match how.as_str() {
        "return" => (),
        "panic" => panic!("the dishes are on the floor"),
        "exit" => std::process::exit(3),
        "abort" => std::process::abort(),
        _ => bell.recv().unwrap_or_default(),
    }
}

fn main() -> multiprocessing::Result<()> {
    multiprocessing::init(tasks![end]);

    let (_never_rung, bell) = Pipe::new()?;
    let ends = |how: &str| Process::spawn(end, (how.to_owned(), bell.clone()));
    for (how, exitcode) in [("return", 0), ("panic", 1), ("exit", 3), ("abort", -6)] {
        println!("{how} ends with {exitcode}");
        assert_eq!(ends(how)?.join()?, exitcode, "{how}");
    }

    let waiting = ends("wait")?;
    assert_eq!(waiting.join_timeout(Duration::from_millis(1))?, None);
    assert!(waiting.is_alive()?);
    println!("a process that waits is terminated, another one killed: -15, -9");
    waiting.terminate()?;
    assert_eq!(waiting.join()?, -15);

    let waiting = ends("wait")?;
    waiting.kill()?;
    assert_eq!(waiting.join()?, -9);
    assert_eq!(waiting.exitcode()?, Some(ExitStatus::Signal(9)));
    assert!(!waiting.is_alive()?);
    Ok(())
}
