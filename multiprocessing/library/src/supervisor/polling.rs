//! One thread waits for the workers' events: which, and for how long.
//!
//! One thread at a time does (leader and followers): a caller that waits for a result, so that an
//! answer wakes one thread and not two, or the pool's own thread while no caller waits.

use std::mem::MaybeUninit;
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::MutexGuard;
use rustix::event::epoll::{self, Event, EventFlags};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::worker::Worker;
use super::{State, Supervisor};
use crate::error::{Error, Result};
use crate::outbox::wake;
use crate::panic::catch;
use crate::socket::{Wait, timespec};

/// For so long after a caller's visit the pool's thread expects it back, and lets it read.
const CALLER_ABSENCE: Duration = Duration::from_millis(2);

/// No wait is longer. It may be begun again.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) const WAKEUP: u64 = u64::MAX;

/// Added to a worker's place, the number of the event that its process has ended.
pub(super) const ENDED: u64 = 1 << 32;

/// The most events that are read at once.
const EVENTS: usize = 64;

type Space = [MaybeUninit<Event>; EVENTS];

impl Supervisor {
    /// Reads the sockets until `done` has an answer, or lets the caller who reads them do so.
    pub(super) fn drive<T>(
        &self,
        wait: Wait,
        mut done: impl FnMut(&mut State) -> Option<Result<T>>,
    ) -> Result<T> {
        self.check_parent()?;
        let deadline = wait.deadline();
        let mut state = self.state.lock();
        let mut drove = false;
        let result = loop {
            if let Some(result) = done(&mut state) {
                break result;
            }
            if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                break Err(Error::TimedOut);
            }
            if state.driven {
                state.followers += 1;
                match deadline {
                    Some(deadline) => _ = self.progress.wait_until(&mut state, deadline),
                    None => self.progress.wait(&mut state),
                }
                state.followers -= 1;
                continue;
            }
            drove = true;
            state.driven = true;
            let timeout = self.timeout(&state, deadline);
            let mut space = [MaybeUninit::uninit(); EVENTS];
            let events = MutexGuard::unlocked(&mut state, || self.events(&mut space, timeout));
            self.attend(&mut state, events);
            state.driven = false;
            if state.followers > 0 {
                self.progress.notify_all();
            }
        };
        if drove {
            state.visits += 1;
            if state.parked {
                self.relief.notify_one();
            } else if state.watching {
                // It does not know what this caller has put off.
                wake(&self.thread_wakeup);
            }
        }
        result
    }

    /// What the pool's thread does: it runs callbacks, and reads the sockets while no caller does.
    pub(crate) fn run(&self) {
        let _ = self.thread.set(thread::current().id());
        let mut state = self.state.lock();
        let mut visits = state.visits;
        loop {
            if let Some(callback) = state.callbacks.pop_front() {
                // The panic has been reported when it was raised. The next callback is not to blame.
                let _ = MutexGuard::unlocked(&mut state, || catch(callback));
            } else if state.workers.iter().all(Option::is_none) {
                return;
            } else if state.driven {
                state.parked = true;
                self.relief.wait(&mut state);
                state.parked = false;
            } else if state.visits != visits {
                visits = state.visits;
                self.relief.wait_for(&mut state, CALLER_ABSENCE);
            } else {
                let timeout = self.timeout(&state, None);
                let mut space = [MaybeUninit::uninit(); EVENTS];
                state.watching = true;
                let events = MutexGuard::unlocked(&mut state, || {
                    // Not a wait on the epoll itself, where it might be woken in a caller's stead.
                    let epoll = PollFd::new(&self.epoll, PollFlags::IN);
                    let wakeup = PollFd::new(&self.thread_wakeup, PollFlags::IN);
                    let mut both = [epoll, wakeup];
                    let _ = poll(&mut both, timeout.as_ref());
                    if !both[1].revents().is_empty() {
                        let _ = rustix::io::read(&self.thread_wakeup, &mut [0; 8]);
                    }
                    self.events(&mut space, Some(Timespec::default()))
                });
                state.watching = false;
                match state.driven {
                    false => self.attend(&mut state, events),
                    // A caller who has come meanwhile may have been meant.
                    true => wake(&self.wakeup),
                }
            }
        }
    }

    /// How long a wait may take: until `deadline`, or until a worker is to be looked after.
    pub(super) fn timeout(&self, state: &State, deadline: Option<Instant>) -> Option<Timespec> {
        let workers = || state.workers.iter().flatten();
        let next = workers()
            .filter_map(|worker| worker.deadline(&state.rules))
            .chain(workers().filter_map(Worker::time_to_notify_each))
            .chain(deadline)
            .chain(state.scarce)
            .chain(self.time_to_balance(state))
            .min();
        // A wait of over 24 days needs a call that Linux has since 5.11 only.
        next.map(|time| timespec(time.min(Instant::now() + DAY)))
    }

    /// When a worker has to give back what it has not begun, if another one has nothing to do.
    pub(super) fn time_to_balance(&self, state: &State) -> Option<Instant> {
        let workers = || state.workers.iter().flatten();
        if !state.queue.is_empty() || !workers().any(Worker::is_idle) {
            return None;
        }
        workers()
            .filter_map(|it| it.time_to_share(&self.claims))
            .min()
    }

    /// Waits for events. A signal may end the wait without any.
    pub(super) fn events<'a>(
        &self,
        space: &'a mut Space,
        timeout: Option<Timespec>,
    ) -> &'a [Event] {
        epoll::wait(&self.epoll, space, timeout.as_ref()).map_or(&[], |(events, _)| events)
    }

    /// Wakes all threads that wait.
    pub(super) fn wake_all(&self) {
        wake(&self.wakeup);
        wake(&self.thread_wakeup);
        self.progress.notify_all();
        self.relief.notify_one();
    }

    /// Does what the events and the time call for.
    pub(super) fn attend(&self, state: &mut State, events: &[Event]) {
        for event in events {
            match { event.data }.u64() {
                WAKEUP => {}
                number @ ENDED.. => self.notice_exit(state, (number - ENDED) as usize),
                place => {
                    if { event.flags }.contains(EventFlags::OUT) {
                        self.set_full(state, place as usize, false);
                    }
                    self.read_socket(state, place as usize);
                }
            }
        }
        self.read_outboxes(state);
        self.expire(state);
        self.hand_out(state);
        self.balance(state);
        self.send_exits(state);
    }
}
