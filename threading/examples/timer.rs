//! Ring when the cake is done, unless somebody switches the oven off before.
//!
//!     cargo run -p threading --example threading-timer
//!
//! Python: threading.Timer, start, cancel -> std::sync::mpsc::Receiver::recv_timeout
//! A timer is a thread that waits for its cancellation and is disappointed. For a time of day, let
//! `delay` be `when.saturating_duration_since(Instant::now())`.

use std::convert::Infallible;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

fn main() {
    let start = Instant::now();
    let delay = Duration::from_millis(30);

    let cake = Timer::start(delay, move || assert!(start.elapsed() >= delay));
    let burnt = Timer::start(Duration::from_secs(3600), || panic!("the cake is burnt"));

    assert!(cake.join());
    assert!(!burnt.cancel());
}

struct Timer {
    switch: Sender<Infallible>,
    thread: JoinHandle<bool>,
}

impl Timer {
    fn start(delay: Duration, ring: impl FnOnce() + Send + 'static) -> Self {
        let (switch, switched) = mpsc::channel();
        let thread = thread::spawn(move || {
            let rings = switched.recv_timeout(delay) == Err(RecvTimeoutError::Timeout);
            if rings {
                ring();
            }
            rings
        });
        Timer { switch, thread }
    }

    fn cancel(self) -> bool {
        drop(self.switch);
        self.thread.join().unwrap()
    }

    fn join(self) -> bool {
        self.thread.join().unwrap()
    }
}
