//! Three guests wait until the restaurant opens.
//!
//!     cargo run -p threading --example threading-event
//!
//! Python: threading.Event -> std::sync::{Mutex, Condvar}
//! Python's Event is a flag, a lock and a condition in one; std has the parts. `wait_while` looks
//! at the flag before it sleeps and after it wakes, so neither an early `set` nor a false alarm hurts.

use std::sync::{Condvar, Mutex};
use std::thread;
use std::time::Duration;

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

    assert!(open.wait_timeout(Duration::from_millis(10)));
    open.clear();
    assert!(!open.wait_timeout(Duration::from_millis(10)));
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

    fn wait_timeout(&self, limit: Duration) -> bool {
        let flag = self.flag.lock().unwrap();
        let (flag, _) = self
            .changed
            .wait_timeout_while(flag, limit, |flag| !*flag)
            .unwrap();
        *flag
    }
}
