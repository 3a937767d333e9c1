//! A flag calls off a cook at the stove, and one who has not begun.
//!
//!     cargo run --example threading-cancel
//!
//! Python: future.cancel()
//! Rust:   cancelled.store(true, Relaxed)
//!
//! Neither language can stop a thread from outside. Python's `cancel` reaches only what has not
//! begun; to go further the work itself must look at a flag now and then, as here.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo run

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{self, Sender};
use std::thread;

fn main() {
    let cancelled = AtomicBool::new(false);
    let (report, reports) = mpsc::channel();

    thread::scope(|scope| {
        let cook = scope.spawn(|| stir(&cancelled, report.clone()));
        let place = reports.recv().expect("the cook reports");
        println!("{place}: finished is {}", cook.is_finished());
        assert!(!cook.is_finished());

        cancelled.store(true, Relaxed);
        let rounds = cook.join().unwrap();
        println!("called off at the stove, after {rounds} rounds");
        assert!(rounds > 0);

        let late = scope.spawn(|| stir(&cancelled, report.clone()));
        let rounds = late.join().unwrap();
        println!("called off before the first round: {rounds} rounds");
        assert_eq!(rounds, 0);
    });
    assert!(reports.try_recv().is_err());
}

fn stir(cancelled: &AtomicBool, report: Sender<&str>) -> u64 {
    let mut rounds = 0;
    while !cancelled.load(Relaxed) {
        rounds += 1;
        if rounds == 1 {
            report.send("at the stove").expect("main listens");
        }
    }
    rounds
}
