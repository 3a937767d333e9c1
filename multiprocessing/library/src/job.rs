//! What one call of a pool asked for, and the answers that have come.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use serde::de::DeserializeOwned;

use crate::error::Result;
use crate::limits::PACKET_LIMIT;
use crate::task::Returned;
use crate::wire::Message;

/// Calls of one task that go to a worker in one message.
pub(crate) struct Unit {
    pub job: Arc<Job>,
    /// The place of its first item in the job, and how many there are.
    pub first: usize,
    pub count: usize,
    pub task: &'static str,
    pub message: Message,
    /// The number that it had when it was last sent.
    pub id: u32,
    /// How many workers died while they ran it.
    pub deaths: u32,
    /// How many workers died when it was the next that they would have run.
    pub misfires: u32,
    /// How often it was taken back from a worker that had nothing else to do.
    pub moves: u32,
}

impl Unit {
    /// Whether its message does not fit a packet, and is sent in a memory file.
    pub(crate) fn is_in_file(&self) -> bool {
        self.message.bytes.len() > PACKET_LIMIT
    }
}

/// The answer to a unit.
pub(crate) struct Answer {
    pub first: usize,
    pub count: usize,
    pub task: &'static str,
    /// The process that gave it.
    pub pid: u32,
    /// A [`Returned`] for each item, from this position on; or what befell them all.
    pub outcome: Result<(Message, usize)>,
}

impl Answer {
    /// Where the result of the first item begins.
    pub(crate) fn start(&self) -> usize {
        self.outcome.as_ref().map_or(0, |&(_, start)| start)
    }

    /// The result of the item that begins at `position`, which moves to the next one.
    pub(crate) fn read<R: DeserializeOwned>(&self, position: &mut usize) -> Result<R> {
        let (message, _) = self.outcome.as_ref().map_err(Clone::clone)?;
        let Returned(result) = message.read(position)?;
        result.map_err(|failure| failure.into_error(self.task, self.pid))
    }

    /// Appends the results of all items. Instead of them there is the first error, once one has
    /// come.
    pub(crate) fn append_to<R: DeserializeOwned>(&self, results: &mut Result<Vec<R>>) {
        let read = self.outcome.as_ref().map_err(Clone::clone);
        let read = read.and_then(|(message, start)| {
            message.read_each(*start, self.count, |outcome| {
                match (outcome, &mut *results) {
                    (Returned(Ok(result)), Ok(results)) => results.push(result),
                    (Returned(Err(failure)), Ok(_)) => {
                        *results = Err(failure.into_error(self.task, self.pid));
                    }
                    (_, Err(_)) => {}
                }
            })
        });
        if let (Err(error), Ok(_)) = (read, &*results) {
            *results = Err(error);
        }
    }
}

/// Runs when a job is done.
pub(crate) type Callback = Box<dyn FnOnce() + Send>;

/// Runs as soon as a job is done, in the thread that takes its last answer, which has the pool locked: it
/// wakes another thread, and no more.
pub(crate) type Listener = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct State {
    answers: VecDeque<Answer>,
    missing: usize,
    callbacks: Vec<Callback>,
    listeners: Vec<Listener>,
}

/// The units of one call of a pool.
pub(crate) struct Job {
    state: Mutex<State>,
}

impl Job {
    /// A job without units. As long as some may be added, one more is missing than there are.
    pub(crate) fn new() -> Arc<Job> {
        Arc::new(Job {
            state: Mutex::new(State {
                missing: 1,
                ..State::default()
            }),
        })
    }

    pub(crate) fn add(&self, units: usize) {
        self.state.lock().missing += units;
    }

    /// No more units will be added. No thread waits for a job before that.
    pub(crate) fn complete(&self) {
        self.state.lock().missing -= 1;
    }

    pub(crate) fn missing(&self) -> usize {
        self.state.lock().missing
    }

    /// Enters an answer. Returns what is to run because it was the last.
    pub(crate) fn enter(&self, answer: Answer) -> Vec<Callback> {
        let mut state = self.state.lock();
        state.answers.push_back(answer);
        state.missing -= 1;
        if state.missing > 0 {
            return Vec::new();
        }
        state.listeners.drain(..).for_each(|listener| listener());
        std::mem::take(&mut state.callbacks)
    }

    /// Takes the oldest answer. The outer `None`: there is none yet. The inner: none will come.
    pub(crate) fn take(&self) -> Option<Option<Answer>> {
        let mut state = self.state.lock();
        match state.answers.pop_front() {
            None if state.missing > 0 => None,
            answer => Some(answer),
        }
    }

    /// Looks at the answers, in the order in which they came.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&VecDeque<Answer>) -> T) -> T {
        look(&self.state.lock().answers)
    }

    /// Has `callback` run when the job is done; gives it back if it is.
    pub(crate) fn on_done(&self, callback: Callback) -> Option<Callback> {
        let mut state = self.state.lock();
        if state.missing == 0 {
            return Some(callback);
        }
        state.callbacks.push(callback);
        None
    }

    /// Calls `listener` when the job is done.
    pub(crate) fn listen(&self, listener: Listener) {
        let mut state = self.state.lock();
        match state.missing {
            0 => listener(),
            _ => state.listeners.push(listener),
        }
    }
}
