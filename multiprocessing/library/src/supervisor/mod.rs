//! The workers of a pool, and what is done with them: see `README.md` in this folder.

mod lifecycle;
mod polling;
mod receiving;
mod sending;
mod worker;

use std::collections::VecDeque;
use std::os::fd::OwnedFd;
use std::process;
use std::sync::{Arc, OnceLock};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::event::{EventfdFlags, eventfd};

use self::lifecycle::{FILES_PER_POOL, FILES_PER_WORKER, allow_files};
use self::polling::WAKEUP;
pub(crate) use self::worker::{BATCH, EXIT_TIME};
use self::worker::{Phase, Worker};
use crate::child::Preparation;
use crate::claims::Claims;
use crate::error::{Error, Result};
use crate::job::{Callback, Job, Unit};
use crate::outbox::{Outboxes, wake};
use crate::protocol::Settings;
use crate::socket::Wait;

/// How a pool treats its workers, as [`Builder`](crate::Builder) says.
pub(crate) struct Rules {
    pub workers: usize,
    pub initializer: Option<Preparation>,
    pub settings: Settings,
    pub start_timeout: Duration,
    pub max_tasks_per_worker: Option<u64>,
    pub retries: u32,
    pub timeout: Option<Duration>,
    pub restart_limit: usize,
    pub restart_period: Duration,
}

#[derive(Clone)]
enum Condition {
    /// The first workers are on their way.
    Building,
    Open,
    /// No units are taken any more. Those that were are finished.
    Closing,
    /// Nothing happens any more, and why.
    Over(Error),
}

struct State {
    rules: Rules,
    condition: Condition,
    /// A place is empty when its worker has left and needs no successor.
    workers: Vec<Option<Worker>>,
    /// How many there have been.
    started_workers: u64,
    /// When workers died, as far back as the rules ask.
    deaths: VecDeque<Instant>,
    failed_starts: u32,
    /// Units that no worker has.
    queue: VecDeque<Unit>,
    /// Nothing is handed out before, because too many descriptors are on their way.
    scarce: Option<Instant>,
    /// What the pool's thread is to run.
    callbacks: VecDeque<Callback>,
    /// A caller reads the sockets.
    driven: bool,
    /// Callers that wait while another one reads.
    followers: usize,
    /// The pool's thread waits for the caller who reads to leave.
    parked: bool,
    /// The pool's thread waits for events, for as long as it seemed right when it began to.
    watching: bool,
    /// How often a caller has been here.
    visits: u64,
}

pub(crate) struct Supervisor {
    state: Mutex<State>,
    /// Followers wait here.
    progress: Condvar,
    /// The pool's thread waits here for a caller to leave.
    relief: Condvar,
    claims: Claims,
    outboxes: Outboxes,
    /// The sockets and ends of all workers, and `wakeup`. An event's number is the worker's place.
    epoll: OwnedFd,
    /// Wakes the thread that reads. Its number among the events is that of no place. It is never read:
    /// each write to it is an event.
    wakeup: Arc<OwnedFd>,
    /// Wakes the pool's thread.
    thread_wakeup: OwnedFd,
    /// The pool's thread.
    thread: OnceLock<ThreadId>,
    /// The process whose workers they are.
    parent: u32,
}

impl Supervisor {
    /// Starts the workers, and waits until they are ready.
    pub(crate) fn start(rules: Rules) -> Result<Supervisor> {
        allow_files(FILES_PER_WORKER * rules.workers + FILES_PER_POOL)?;
        let flags = EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK;
        let epoll =
            epoll::create(epoll::CreateFlags::CLOEXEC).map_err(Error::os("make an epoll"))?;
        let wakeup = Arc::new(eventfd(0, flags).map_err(Error::os("make an eventfd"))?);
        let thread_wakeup = eventfd(0, flags).map_err(Error::os("make an eventfd"))?;
        let each = EventFlags::IN | EventFlags::ET;
        epoll::add(&epoll, &wakeup, EventData::new_u64(WAKEUP), each)
            .map_err(Error::os("watch an eventfd"))?;
        let supervisor = Supervisor {
            claims: Claims::new(rules.workers)?,
            outboxes: Outboxes::new(rules.workers, &wakeup)?,
            state: Mutex::new(State {
                workers: (0..rules.workers).map(|_| None).collect(),
                rules,
                condition: Condition::Building,
                started_workers: 0,
                deaths: VecDeque::new(),
                failed_starts: 0,
                queue: VecDeque::new(),
                scarce: None,
                callbacks: VecDeque::new(),
                driven: false,
                followers: 0,
                parked: false,
                watching: false,
                visits: 0,
            }),
            progress: Condvar::new(),
            relief: Condvar::new(),
            epoll,
            wakeup,
            thread_wakeup,
            thread: OnceLock::new(),
            parent: process::id(),
        };
        let mut state = supervisor.state.lock();
        for place in 0..state.workers.len() {
            supervisor.start_worker(&mut state, place)?;
        }
        supervisor.hand_out(&mut state);
        drop(state);
        supervisor.drive(Wait::Forever, |state| match &state.condition {
            Condition::Over(error) => Some(Err(error.clone())),
            _ if state
                .workers
                .iter()
                .flatten()
                .all(|worker| worker.phase == Phase::Ready) =>
            {
                state.condition = Condition::Open;
                Some(Ok(()))
            }
            _ => None,
        })?;
        Ok(supervisor)
    }

    /// Refuses what a forked copy of the pool's process would do to the pool's workers. The pool's
    /// thread is not there, and its lock may be held by no thread at all.
    ///
    /// # Errors
    ///
    /// [`Error::Inherited`].
    pub(crate) fn check_parent(&self) -> Result<()> {
        match self.parent {
            parent if parent == process::id() => Ok(()),
            pid => Err(Error::Inherited { pid }),
        }
    }

    /// Takes units of one job in, after which the caller comes with more, or does not.
    ///
    /// # Errors
    ///
    /// If the pool is closed, or has given up.
    pub(crate) fn submit(&self, units: Vec<Unit>, more: bool) -> Result<()> {
        self.check_parent()?;
        let mut state = self.state.lock();
        match &state.condition {
            Condition::Building | Condition::Open => {}
            Condition::Closing => return Err(Error::Closed),
            Condition::Over(error) => return Err(error.clone()),
        }
        if let Some(unit) = units.first() {
            unit.job.add(units.len());
        }
        state.queue.extend(units);
        if more {
            // Until it is done it looks after the workers, so that they do not wait for it.
            state.visits += 1;
            if !state.driven && !state.watching {
                self.read_outboxes(&mut state);
            }
        }
        self.hand_out(&mut state);
        let timed = state.rules.timeout.is_some() || state.scarce.is_some();
        if timed && (state.driven || state.watching) {
            // The thread that waits for events does not know the new deadline.
            wake(&self.wakeup);
        }
        Ok(())
    }

    /// Waits until `done` has an answer.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`].
    pub(crate) fn wait<T>(&self, wait: Wait, mut done: impl FnMut() -> Option<T>) -> Result<T> {
        self.drive(wait, |_| done().map(Ok))
    }

    /// Wakes a caller who waits here for something that happens elsewhere.
    pub(crate) fn wake(&self) {
        wake(&self.wakeup);
    }

    /// Whether this is the pool's thread, which runs a callback: no other thread may attend to the
    /// workers meanwhile.
    pub(crate) fn is_pool_thread(&self) -> bool {
        self.thread.get() == Some(&thread::current().id())
    }

    /// Waits until every worker has left.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`], and why the pool gave up, if it did.
    pub(crate) fn join(&self, wait: Wait) -> Result<()> {
        self.drive(wait, |state| match &state.condition {
            Condition::Over(error) => Some(Err(error.clone())),
            _ => state.workers.iter().all(Option::is_none).then_some(Ok(())),
        })
    }

    /// Takes back the units of a job that no worker has begun. Whether that is all that is missing.
    pub(crate) fn cancel(&self, job: &Arc<Job>) -> bool {
        if self.check_parent().is_err() {
            return false;
        }
        let mut state = self.state.lock();
        for place in 0..state.workers.len() {
            let units = state.workers[place].as_ref().map(|worker| &worker.sent);
            if units.is_some_and(|units| units.iter().any(|unit| Arc::ptr_eq(&unit.job, job))) {
                self.take_back(&mut state, place);
            }
        }
        let (cancelled, kept): (VecDeque<_>, _) = std::mem::take(&mut state.queue)
            .into_iter()
            .partition(|unit| Arc::ptr_eq(&unit.job, job));
        state.queue = kept;
        let all = !cancelled.is_empty() && cancelled.len() == job.missing();
        for unit in cancelled {
            self.deliver(&mut state, unit, 0, Err(Error::Cancelled));
        }
        self.hand_out(&mut state);
        self.wake_all();
        all
    }

    /// Takes no more units.
    pub(crate) fn close(&self) {
        if self.check_parent().is_err() {
            return;
        }
        let mut state = self.state.lock();
        if matches!(state.condition, Condition::Open) {
            state.condition = Condition::Closing;
            self.send_exits(&mut state);
            self.wake_all();
        }
    }

    /// Ends everything at once.
    pub(crate) fn terminate(&self) {
        if self.check_parent().is_err() {
            return;
        }
        self.finish(&mut self.state.lock(), Error::Closed);
    }

    /// Whether no worker has anything to do.
    pub(crate) fn is_idle(&self) -> bool {
        let mut state = self.state.lock();
        self.read_outboxes(&mut state);
        self.hand_out(&mut state);
        state.queue.is_empty() && state.workers.iter().flatten().all(|it| it.sent.is_empty())
    }

    /// The process ids of the workers.
    pub(crate) fn pids(&self) -> Vec<u32> {
        if self.check_parent().is_err() {
            return Vec::new();
        }
        self.state
            .lock()
            .workers
            .iter()
            .flatten()
            .map(|worker| worker.child.pid())
            .collect()
    }
}

impl State {
    /// Puts units back where they were taken.
    fn put_back(&mut self, units: Vec<Unit>) {
        for unit in units.into_iter().rev() {
            self.queue.push_front(unit);
        }
    }

    /// When a worker began with what it takes too long for, if it does.
    fn overdue(&self, place: usize) -> Option<Instant> {
        let worker = self.workers[place].as_ref()?;
        (worker.deadline(&self.rules)? <= Instant::now()).then_some(worker.since)
    }
}
