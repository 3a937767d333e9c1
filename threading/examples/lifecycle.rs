//! A cook goes through the states of a thread: running, asleep, finished, joined.
//!
//!     cargo run --example threading-lifecycle
//!
//! Python: thread.is_alive()
//! Rust:   cook.is_finished()
//!
//! A handle knows only whether the thread has finished; whether it runs (R) or sleeps (S) is known
//! to the system alone, and Linux shows it under /proc. An unstarted thread does not exist.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo run

use std::fs;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc;
use std::thread;

static BUSY: AtomicBool = AtomicBool::new(true);
static CALLED: AtomicBool = AtomicBool::new(false);

fn main() -> io::Result<()> {
    let (sender, receiver) = mpsc::channel();
    let cook = thread::spawn(move || {
        let own = fs::canonicalize("/proc/thread-self");
        sender.send(own).expect("main listens");
        while BUSY.load(Relaxed) {
            thread::yield_now();
        }
        // `park` may return without a call of `unpark`: the loop asks whether there was one.
        while !CALLED.load(Relaxed) {
            thread::park();
        }
        "soup"
    });
    let stat = receiver.recv().expect("the cook sends")?.join("stat");
    let wait_for_state = |state| -> io::Result<()> {
        // It stands behind the thread's name, which is in parentheses.
        while !fs::read_to_string(&stat)?.contains(&format!(") {state} ")) {}
        println!("the system says of the cook: {state}");
        Ok(())
    };

    wait_for_state('R')?;
    BUSY.store(false, Relaxed);
    wait_for_state('S')?;
    assert!(!cook.is_finished());

    CALLED.store(true, Relaxed);
    cook.thread().unpark();
    while !cook.is_finished() {}
    // The result is kept for the join.
    let dish = cook.join().unwrap();
    println!("finished, then joined: {dish}");
    assert_eq!(dish, "soup");
    Ok(())
}
