//! A timer rings when the cake is done, unless the oven is switched off before.
//!
//!     cargo run --example threading-timer
//!
//! Python: Timer(0.03, ring).start()
//! Rust:   timer(baking, move || start.elapsed())
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

    let (_switch, cake) = timer(baking, move || start.elapsed());
    let (switch, forgotten) = timer(Duration::from_secs(3600), || panic!("it is burnt"));

    let rang = cake.join().unwrap();
    println!("the cake is set to {baking:?}; it rang: {rang:.0?}");
    assert!(rang.is_some_and(|after| after >= baking));

    drop(switch);
    let rang: Option<Duration> = forgotten.join().unwrap();
    println!("the other timer is switched off; it rang: {rang:?}");
    assert!(rang.is_none());
}

/// The switch carries no message: to drop it is to cancel.
fn timer<T: Send + 'static>(
    delay: Duration,
    ring: impl FnOnce() -> T + Send + 'static,
) -> (Sender<Infallible>, JoinHandle<Option<T>>) {
    let (switch, switched) = mpsc::channel();
    let thread = thread::spawn(move || {
        let in_time = switched.recv_timeout(delay) == Err(Timeout);
        in_time.then(ring)
    });
    (switch, thread)
}
