//! How long tasks were ready and did not run, where that was asked for: the system keeps such an account of threads alone.

use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use crate::latencies::Latencies;

static NOTES: OnceLock<Notes> = OnceLock::new();

/// The account of this program.
#[derive(Debug, Default)]
pub struct Notes(Mutex<Latencies>);

/// Asks for the account, before the work begins.
pub fn ask() {
    NOTES.get_or_init(Notes::default);
}

/// The account, if it was asked for.
pub fn notes() -> Option<&'static Notes> {
    NOTES.get()
}

impl Notes {
    /// Notes that a task was ready for so long, and then ran.
    pub fn add(&self, wait: Duration) {
        *self.0.lock().expect("nothing here panics") += Latencies::of(wait);
    }

    /// All that has been noted, which is then forgotten.
    pub fn taken(&self) -> Latencies {
        std::mem::take(&mut self.0.lock().expect("nothing here panics"))
    }
}
