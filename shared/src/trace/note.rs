//! A note of what happened, and what a process notes in all.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A wait for a core that is shorter than this is counted, but gets no place of its own in the picture.
pub(super) const NOTABLE: u64 = 200_000;

/// A note.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Note {
    /// Nanoseconds on the system's monotonic clock.
    pub at: u64,
    /// The thread that it is about.
    pub tid: u32,
    pub what: What,
}

/// What happened. A unit is named by a number that is unique among the unfinished units of its process.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum What {
    /// The first note of this worker process.
    Process { name: String },
    /// The first note of this thread.
    Thread { name: String },
    /// A unit of work begins, on this worker.
    Start {
        unit: u64,
        name: Cow<'static, str>,
        worker: String,
    },
    /// The thread takes the unit up, having used so much so far.
    Enter { unit: u64, used: Used },
    /// The thread lays the unit down.
    Exit { unit: u64, used: Used },
    /// The unit is done.
    End { unit: u64 },
    /// From now on this worker is in this phase, or in none; after so many nanoseconds in another.
    Phase {
        worker: String,
        unit: Option<u64>,
        phase: Option<String>,
        until: Option<(u64, String)>,
    },
    /// The thread has got a core again, having waited for one for so many nanoseconds.
    Delayed { length: u64 },
    /// What the process and its recorder have used so far.
    Total { cpu: u64, recording: u64 },
}

/// Nanoseconds that a thread has used since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Used {
    /// On a core.
    pub cpu: u64,
    /// Ready to run, without a core. Known where the kernel has schedstat, otherwise 0.
    pub delay: u64,
}

/// The notes of one process.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub pid: u32,
    pub notes: Vec<Note>,
}

impl Notes {
    /// The notes of all worker processes, in the order of their first notes. A line that was cut off, because
    /// its process was killed, is missing.
    pub(super) fn of_workers(text: &[u8]) -> Vec<Self> {
        let mut workers: BTreeMap<u32, Vec<Note>> = BTreeMap::new();
        for line in text.split(|byte| *byte == b'\n') {
            if let Ok((pid, note)) = serde_json::from_slice(line) {
                workers.entry(pid).or_default().push(note);
            }
        }
        let mut all: Vec<_> = workers
            .into_iter()
            .map(|(pid, notes)| Self { pid, notes })
            .collect();
        all.sort_by_key(|notes| notes.notes.first().map(|note| note.at));
        all
    }
}
