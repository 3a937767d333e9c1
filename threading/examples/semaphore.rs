//! Nine guests share three chairs.
//!
//!     cargo run --example threading-semaphore
//!
//! Python: with chairs: eat()
//! Rust:   let _chair = chairs.acquire();
//!
//! std has no semaphore; this one takes twenty lines. A permit releases itself when dropped, so no
//! thread can release it twice, the mistake for which Python has a BoundedSemaphore.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo run

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Barrier, Condvar, Mutex};
use std::thread;

fn main() {
    let chairs = Semaphore(Mutex::new(3), Condvar::new());
    let full = Barrier::new(3);
    let (seated, most) = (AtomicUsize::new(0), AtomicUsize::new(0));

    thread::scope(|scope| {
        for _ in 0..9 {
            scope.spawn(|| {
                let _chair = chairs.acquire();
                most.fetch_max(seated.fetch_add(1, SeqCst) + 1, SeqCst);
                // A guest eats when three are seated: with fewer permits this would never end.
                full.wait();
                seated.fetch_sub(1, SeqCst);
            });
        }
    });
    let (most, free) = (most.into_inner(), *chairs.0.lock().unwrap());
    println!("nine guests ate, at most {most} at a time");
    println!("free chairs at the end: {free}");
    assert_eq!((most, free), (3, 3));
}

struct Semaphore(Mutex<usize>, Condvar);

struct Permit<'a>(&'a Semaphore);

impl Semaphore {
    fn acquire(&self) -> Permit<'_> {
        let Semaphore(free, released) = self;
        let free = free.lock().unwrap();
        *released.wait_while(free, |free| *free == 0).unwrap() -= 1;
        Permit(self)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let Semaphore(free, released) = self.0;
        *free.lock().unwrap() += 1;
        released.notify_one();
    }
}
