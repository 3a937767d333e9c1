//! Follow a cook through a working life: running, asleep, finished, joined.
//!
//!     cargo run -p threading --example threading-lifecycle
//!
//! Python: thread.is_alive()
//! Rust:   cook.is_finished()
//!
//! A handle tells only whether the thread has finished; whether it runs (R) or sleeps (S) is known
//! to the system alone, and Linux shows it under /proc. An unstarted thread does not exist.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo run

use std::fs;
use std::hint;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc;
use std::thread;

static BUSY: AtomicBool = AtomicBool::new(true);
static CALLED: AtomicBool = AtomicBool::new(false);

fn main() -> io::Result<()> {
    let (tell, told) = mpsc::channel();

    let cook = thread::spawn(move || {
        tell.send(fs::read_link("/proc/thread-self"))
            .expect("main listens");
        while BUSY.load(Relaxed) {
            hint::spin_loop();
        }
        // `park` may return without a call of `unpark`, so it is asked again whether there was one.
        while !CALLED.load(Relaxed) {
            thread::park();
        }
        "soup"
    });
    let own = told.recv().expect("the cook tells")?;
    let stat = format!("/proc/{}/stat", own.display());

    wait_for_state('R', &stat)?;
    println!("R: the cook is running");
    BUSY.store(false, Relaxed);
    wait_for_state('S', &stat)?;
    println!("S: the cook is asleep");
    assert!(!cook.is_finished());

    CALLED.store(true, Relaxed);
    cook.thread().unpark();
    while !cook.is_finished() {
        thread::yield_now();
    }
    // The result is kept for the join.
    let dish = cook.join().unwrap();
    println!("finished, then joined: {dish}");
    assert_eq!(dish, "soup");
    Ok(())
}

fn wait_for_state(letter: char, stat: &str) -> io::Result<()> {
    // It stands behind the thread's name, which is in parentheses.
    while !fs::read_to_string(stat)?.contains(&format!(") {letter} ")) {
        thread::yield_now();
    }
    Ok(())
}
