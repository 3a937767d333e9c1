//! Call off a cook at the stove, and one who has not begun.
//!
//!     cargo run -p threading --example threading-cancel
//!
//! Python: concurrent.futures.Future.cancel -> std::sync::atomic::AtomicBool
//! Neither language can stop a thread from outside. Python's `cancel` reaches only what has not
//! begun; to go further the work itself must look at a flag now and then, as here.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{self, Sender};
use std::thread;

fn main() {
    let cancelled = AtomicBool::new(false);
    let (report, reports) = mpsc::channel();

    thread::scope(|scope| {
        let cook = scope.spawn(|| stir(&cancelled, report.clone()));
        assert_eq!(reports.recv(), Ok("at the stove"));
        assert!(!cook.is_finished());

        cancelled.store(true, Relaxed);
        assert!(cook.join().unwrap() > 0);

        let late = scope.spawn(|| stir(&cancelled, report.clone()));
        assert_eq!(late.join().unwrap(), 0);
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
