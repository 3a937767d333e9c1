//! Nine guests share three chairs.
//!
//!     cargo run -p threading --example threading-semaphore
//!
//! Python: threading.Semaphore, threading.BoundedSemaphore -> std::sync::{Mutex, Condvar}
//! std has none, and it is twenty lines. A permit that gives itself back when dropped cannot be
//! given back twice, the mistake for which Python has a BoundedSemaphore.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Barrier, Condvar, Mutex};
use std::thread;

fn main() {
    let chairs = Semaphore {
        permits: Mutex::new(3),
        released: Condvar::new(),
    };
    let full = Barrier::new(3);
    let (seated, most) = (AtomicUsize::new(0), AtomicUsize::new(0));

    thread::scope(|scope| {
        for _ in 0..9 {
            scope.spawn(|| {
                let _chair = chairs.acquire();
                most.fetch_max(seated.fetch_add(1, SeqCst) + 1, SeqCst);
                full.wait();
                seated.fetch_sub(1, SeqCst);
            });
        }
    });
    assert_eq!(most.into_inner(), 3);
    assert_eq!(*chairs.permits.lock().unwrap(), 3);
}

struct Semaphore {
    permits: Mutex<usize>,
    released: Condvar,
}

struct Permit<'a>(&'a Semaphore);

impl Semaphore {
    fn acquire(&self) -> Permit<'_> {
        let permits = self.permits.lock().unwrap();
        let mut permits = self
            .released
            .wait_while(permits, |permits| *permits == 0)
            .unwrap();
        *permits -= 1;
        Permit(self)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        *self.0.permits.lock().unwrap() += 1;
        self.0.released.notify_one();
    }
}
