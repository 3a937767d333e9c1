//! Processes end in six ways, and the exit code shows which.
//!
//!     cargo run --example multiprocessing-terminate
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

use std::panic;
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
    // No backtraces of processes, which do not leave `init`: one panic is expected.
    panic::set_hook(Box::new(|_| ()));
    multiprocessing::init(tasks![end]);
    drop(panic::take_hook());

    let (_never_rung, bell) = Pipe::new()?;
    let ends = |how: &str| Process::spawn(end, (how.to_owned(), bell.clone()));
    for (how, expected) in [("return", 0), ("panic", 1), ("exit", 3), ("abort", -6)] {
        let exitcode = ends(how)?.join()?;
        println!("{how}: {}, {exitcode}", i32::from(exitcode));
        assert_eq!(exitcode, expected, "{how}");
    }

    let waiting = ends("wait")?;
    assert_eq!(waiting.join_timeout(Duration::from_millis(1))?, None);
    assert!(waiting.is_alive()?);
    waiting.terminate()?;
    let terminated = waiting.join()?;

    let waiting = ends("wait")?;
    waiting.kill()?;
    let killed = waiting.join()?;
    println!("terminate: {}, {terminated}", i32::from(terminated));
    println!("kill: {}, {killed}", i32::from(killed));
    assert!(terminated == -15 && killed == -9);
    assert_eq!(waiting.exitcode()?, Some(ExitStatus::Signal(9)));
    assert!(!waiting.is_alive()?);
    Ok(())
}
