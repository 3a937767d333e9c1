//! Ring when the cake is done, unless somebody switches the oven off before.
//!
//!     cargo run -p threading --example threading-timer
//!
//! Python: Timer(0.03, ring).start()
//! Rust:   timer(baking, move ||
//!
//! A timer is a thread that waits in vain for its cancellation. To ring at a set time, let the
//! delay be `when.saturating_duration_since(Instant::now())`.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo run

use std::convert::Infallible;
use std::sync::mpsc::{self, RecvTimeoutError::Timeout, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

fn main() {
    let start = Instant::now();
    let baking = Duration::from_millis(30);

    let (_switch, cake) = timer(baking, move || assert!(start.elapsed() >= baking));
    let (switch, forgotten) = timer(Duration::from_secs(3600), || panic!("the cake is burnt"));

    assert!(cake.join().unwrap());
    println!("the cake rang after {:?}", start.elapsed());
    drop(switch);
    assert!(!forgotten.join().unwrap());
    println!("the other timer was switched off and did not ring");
}

/// Nothing is ever sent through the switch: to drop it is to cancel.
fn timer(
    delay: Duration,
    ring: impl FnOnce() + Send + 'static,
) -> (Sender<Infallible>, JoinHandle<bool>) {
    let (switch, switched) = mpsc::channel();
    let thread = thread::spawn(move || {
        let rings = switched.recv_timeout(delay) == Err(Timeout);
        if rings {
            ring();
        }
        rings
    });
    (switch, thread)
}
