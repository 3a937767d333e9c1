//! Three guests wait until the restaurant opens.
//!
//!     cargo run -p threading --example threading-event
//!
//! Python: threading.Event, wait, set, clear -> std::sync::{Mutex, Condvar}
//! Python's Event is a flag, a lock and a condition in one; std has the parts. `wait_while` looks
//! at the flag before it sleeps and after it wakes, so neither an early `set` nor a false alarm
//! hurts.

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
        assert_eq!(*seated.lock().unwrap(), 0);
        open.set();
    });
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
