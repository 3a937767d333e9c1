//! Four waiters sell wine by the case: to sell a case sells six bottles, and both lock the cellar.
//!
//!     cargo run --example threading-rlock
//!
//! Python: with rlock: sell_bottle()
//! Rust:   sell_bottle(cellar);
//!
//! The thread that holds the lock may lock it again. As two guards may then be alive at once, Rust
//! gives only shared access through them: what is to change needs a `Cell` inside.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add parking_lot
//!     cargo run

use std::cell::Cell;
use std::thread;

use parking_lot::{Mutex, ReentrantMutex};

fn main() {
    let cellar = ReentrantMutex::new(Cell::new(100));

    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| sell_case(&cellar));
        }
    });
    println!("100 bottles less four cases: {}", cellar.lock().get());
    assert_eq!(cellar.lock().get(), 76);

    // With a plain lock the same thread would wait for itself, for ever.
    let plain = Mutex::new(100);
    let _held = plain.lock();
    let again = plain.try_lock();
    println!("a plain lock, tried again by its holder: {again:?}");
    assert!(again.is_none());
}

fn sell_case(cellar: &ReentrantMutex<Cell<u32>>) {
    // Held throughout, so that no other thread sells a bottle out of this case.
    let bottles = cellar.lock();
    let before = bottles.get();
    for _ in 0..6 {
        sell_bottle(cellar);
    }
    assert_eq!(bottles.get(), before - 6);
}

fn sell_bottle(cellar: &ReentrantMutex<Cell<u32>>) {
    let bottles = cellar.lock();
    bottles.set(bottles.get() - 1);
}
