//! Two processes greet each other by name.
//!
//!     cargo run --example multiprocessing-process
//!
//! Python: Process(target=greet, name="bob").start()
//! Rust:   Process::spawn_named("bob", greet, "jerry".to_owned())
//!
//! A new process starts at once, and the result of its task comes back; Python drops the result.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add multiprocessing-pool --path ../story/multiprocessing/library
//!     cargo run

use multiprocessing::{ExitStatus, Process, current_process, tasks};

fn greet(friend: String) -> String {
    format!("{} greets {friend}", current_process().name())
}

fn main() -> multiprocessing::Result<()> {
    multiprocessing::init(tasks![greet]);

    let bob = Process::spawn_named("bob", greet, "jerry".to_owned())?;
    let jerry = Process::spawn_named("jerry", greet, "bob".to_owned())?;
    assert_ne!(bob.pid(), jerry.pid());

    let exitcode = bob.join()?;
    println!("bob: {exitcode}; it is alive: {}", bob.is_alive()?);
    assert_eq!(exitcode, 0);
    assert_eq!(bob.exitcode()?, Some(ExitStatus::Code(0)));
    assert!(!bob.is_alive()?);

    let (bobs, jerrys) = (bob.result()?, jerry.result()?);
    println!("{bobs}, {jerrys}");
    assert_eq!(bobs, "bob greets jerry");
    assert_eq!(jerrys, "jerry greets bob");
    assert_eq!(current_process().name(), "MainProcess");
    Ok(())
}
