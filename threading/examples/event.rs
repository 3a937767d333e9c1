//! Three guests wait until the restaurant opens.
//!
//!     cargo run --example threading-event
//!
//! Python: opened.wait()
//! Rust:   open.wait();
//!
//! Python's Event is a flag, a lock and a condition in one; std has the parts. `wait_while` looks
//! at the flag before it sleeps and after it wakes: an early `set` counts, a false alarm does not.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo run

use std::sync::{Condvar, Mutex};
use std::thread;

fn main() {
    let open = Event::default();
    let seated = Mutex::new(0);

    let early = thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                open.wait();
                *seated.lock().unwrap() += 1;
            });
        }
        let early = *seated.lock().unwrap();
        open.set(true);
        early
    });
    let seated = *seated.lock().unwrap();
    println!("seated before the restaurant opens: {early}; after: {seated}");
    assert_eq!((early, seated), (0, 3));

    // It stays set: a late guest does not wait.
    open.wait();
    let set = *open.flag.lock().unwrap();
    println!("still set for a late guest: {set}");
    open.set(false); // Python's `clear`
}

#[derive(Default)]
struct Event {
    flag: Mutex<bool>,
    changed: Condvar,
}

impl Event {
    fn set(&self, open: bool) {
        *self.flag.lock().unwrap() = open;
        self.changed.notify_all();
    }

    fn wait(&self) {
        let flag = self.flag.lock().unwrap();
        let _flag = self.changed.wait_while(flag, |flag| !*flag).unwrap();
    }
}
