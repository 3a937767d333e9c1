//! Three guests wait until the restaurant opens.
//!
//!     cargo run -p threading --example threading-event
//!
//! Python: opened.wait()
//! Rust:   open.wait();
//!
//! Python's Event is a flag, a lock and a condition in one; std has the parts. `wait_while` looks
//! at the flag before it sleeps and after it wakes, so neither an early `set` nor a false alarm
//! hurts.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo run

use std::sync::{Condvar, Mutex};
use std::thread;

fn main() {
    let open = Event::default();
    let seated = Mutex::new(0);

    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                open.wait();
                *seated.lock().unwrap() += 1;
            });
        }
        println!(
            "before the restaurant opens: {} seated",
            *seated.lock().unwrap()
        );
        assert_eq!(*seated.lock().unwrap(), 0);
        open.set();
    });
    println!("after: {} seated", *seated.lock().unwrap());
    assert_eq!(*seated.lock().unwrap(), 3);

    // It stays set: whoever comes later does not wait at all.
    open.wait();
    open.clear();
    assert!(!*open.flag.lock().unwrap());
}

#[derive(Default)]
struct Event {
    flag: Mutex<bool>,
    changed: Condvar,
}

impl Event {
    fn set(&self) {
        *self.flag.lock().unwrap() = true;
        self.changed.notify_all();
    }

    fn clear(&self) {
        *self.flag.lock().unwrap() = false;
    }

    fn wait(&self) {
        let flag = self.flag.lock().unwrap();
        drop(self.changed.wait_while(flag, |flag| !*flag).unwrap());
    }
}
