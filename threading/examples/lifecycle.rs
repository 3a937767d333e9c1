//! Follow a thread through its life: runnable, asleep, finished, joined.
//!
//!     cargo run -p threading --example threading-lifecycle
//!
//! Python: threading.Thread.is_alive, ident, native_id -> std::thread::JoinHandle::is_finished, /proc/self/task
//! A handle tells only whether the thread has finished; whether it runs (R) or sleeps (S) is known
//! to the system alone. Linux shows it under /proc.

use std::fs;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc;
use std::thread;

fn main() -> io::Result<()> {
    let busy = AtomicBool::new(true);
    let (tell, told) = mpsc::channel();

    thread::scope(|scope| {
        let cook = scope.spawn(|| {
            tell.send(fs::read_link("/proc/thread-self"))
                .expect("main listens");
            while busy.load(Relaxed) {}
            thread::park();
            "soup"
        });
        let state = format!(
            "/proc/{}/stat",
            told.recv().expect("the cook tells")?.display()
        );

        wait_for('R', &state)?;
        assert!(!cook.is_finished());

        busy.store(false, Relaxed);
        wait_for('S', &state)?;
        assert!(!cook.is_finished());

        cook.thread().unpark();
        while !cook.is_finished() {
            thread::yield_now();
        }
        // Finished, yet its result is kept until somebody joins.
        assert_eq!(cook.join().unwrap(), "soup");
        assert!(fs::read_to_string(&state).is_err());
        Ok(())
    })
}

fn wait_for(letter: char, path: &str) -> io::Result<()> {
    // The state is the letter behind the name in parentheses.
    while !fs::read_to_string(path)?.contains(&format!(") {letter} ")) {
        thread::yield_now();
    }
    Ok(())
}
