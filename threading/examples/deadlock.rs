//! A waiter takes the only corkscrew and never brings it back; the next one notices.
//!
//!     cargo run --example threading-deadlock
//!
//! Python: lock.acquire(timeout=0.02)
//! Rust:   corkscrew.try_lock_for(patience)
//!
//! A guard releases by itself, so it takes some effort to keep a lock for ever: forget the guard,
//! or wait for each other in turn. rustc refuses neither.
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
    let locked = corkscrew.is_locked();
    println!("its thread has ended; still locked: {locked}");
    assert!(locked);
    let taken = corkscrew.try_lock_for(patience);
    println!("the next waiter tries for {patience:?} and gets {taken:?}");
    assert!(taken.is_none());

    // Two locks that all threads take in the same order cannot deadlock.
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
    let (fork, knife) = (fork.into_inner(), knife.into_inner());
    println!("fork before knife, always: {fork} meals");
    assert_eq!((fork, knife), (2_000, 2_000));
}
