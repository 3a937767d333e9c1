//! A waiter with a name serves one table, then five waiters serve five tables.
//!
//!     cargo run --example threading-thread
//!
//! Python: Thread(target=serve, args=("A", 4)).start()
//! Rust:   waiter.spawn(|| serve("A", 4))
//!
//! The closure takes the place of `target` and `args`. A thread runs as soon as it exists, and
//! `join` gives what the function returned, or its panic.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo run

use std::io;
use std::thread;

fn main() -> io::Result<()> {
    let tables = ["A", "B", "C", "D", "E"];

    let waiter = thread::Builder::new().name("John Doe".into());
    let waiter = waiter.spawn(|| serve("A", 4))?;
    let name = waiter.thread().name().unwrap_or_default().to_owned();
    assert_eq!(name, "John Doe");
    let served = waiter.join().unwrap();
    println!("{name}: {served}");
    assert_eq!(served, "A: 4 dishes");

    // A scope joins its threads before it returns, so they may borrow what the function owns.
    let served = thread::scope(|scope| {
        let mut waiters = Vec::new();
        for table in &tables {
            waiters.push(scope.spawn(|| serve(table, 2)));
        }

        let mut served = Vec::new();
        for waiter in waiters {
            served.push(waiter.join().unwrap());
        }
        served
    });
    println!("five waiters: {}", served.join(", "));
    assert_eq!(served.len(), tables.len());
    assert_eq!(served[4], "E: 2 dishes");
    Ok(())
}

fn serve(table: &str, dishes: u32) -> String {
    format!("{table}: {dishes} dishes")
}
