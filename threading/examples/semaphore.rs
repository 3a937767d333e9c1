//! Nine guests share three chairs.
//!
//!     cargo run -p threading --example threading-semaphore
//!
//! Python: with chairs: eat()
//! Rust:   let _chair = chairs.acquire();
//!
//! std has none, and it is twenty lines. A permit that gives itself back when dropped cannot be
//! given back twice, the mistake for which Python has a BoundedSemaphore.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo run

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Barrier, Condvar, Mutex};
use std::thread;

fn main() {
    let chairs = Semaphore::new(3);
    let full = Barrier::new(3);
    let seated = AtomicUsize::new(0);

    thread::scope(|scope| {
        for _ in 0..9 {
            scope.spawn(|| {
                let _chair = chairs.acquire();
                assert!(seated.fetch_add(1, SeqCst) < 3);
                // Nobody eats before three are seated: with fewer permits this would never end.
                full.wait();
                seated.fetch_sub(1, SeqCst);
            });
        }
    });
    println!(
        "nine guests ate, three at a time; free chairs: {}",
        *chairs.free.lock().unwrap()
    );
    assert_eq!(*chairs.free.lock().unwrap(), 3);
}

struct Semaphore {
    free: Mutex<usize>,
    released: Condvar,
}

struct Permit<'a>(&'a Semaphore);

impl Semaphore {
    fn new(permits: usize) -> Self {
        Semaphore {
            free: Mutex::new(permits),
            released: Condvar::new(),
        }
    }

    fn acquire(&self) -> Permit<'_> {
        let free = self.free.lock().unwrap();
        let mut free = self.released.wait_while(free, |free| *free == 0).unwrap();
        *free -= 1;
        Permit(self)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap() += 1;
        self.0.released.notify_one();
    }
}
