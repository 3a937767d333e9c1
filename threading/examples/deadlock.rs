//! A waiter takes the only corkscrew and never brings it back; the next one notices.
//!
//!     cargo run -p threading --example threading-deadlock
//!
//! Python: lock.acquire(timeout=0.02)
//! Rust:   corkscrew.try_lock_for(patience)
//!
//! A guard releases by itself, so one must go out of one's way to keep a lock for ever: forget the
//! guard, or wait for each other in turn. rustc refuses neither.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add parking_lot
//!     cargo run

use std::mem;
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;

fn main() {
    let corkscrew = Mutex::new(());
    let patience = Duration::from_millis(20);

    thread::scope(|scope| {
        scope.spawn(|| mem::forget(corkscrew.lock()));
    });
    // The thread has ended, its lock has not: `lock` would now wait for ever.
    println!(
        "its thread has ended; still locked: {}",
        corkscrew.is_locked()
    );
    assert!(corkscrew.is_locked());
    assert!(corkscrew.try_lock_for(patience).is_none());

    // Two locks, taken by everybody in the same order, cannot deadlock.
    let (fork, knife) = (Mutex::new(0), Mutex::new(0));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..1_000 {
                    let mut fork = fork.lock();
                    let mut knife = knife.lock();
                    (*fork, *knife) = (*fork + 1, *knife + 1);
                }
            });
        }
    });
    println!(
        "fork and knife, always in this order: {} meals",
        *fork.lock()
    );
    assert_eq!((*fork.lock(), *knife.lock()), (2_000, 2_000));
}
