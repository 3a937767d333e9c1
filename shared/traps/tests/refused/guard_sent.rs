//! One thread takes a lock, another is to release it. Any thread may release Python's Lock.

use std::sync::Mutex;
use std::thread;

fn main() {
    let till = Mutex::new(0);
    let cents = till.lock().unwrap();
    thread::scope(|scope| {
        scope.spawn(move || drop(cents));
    });
}
