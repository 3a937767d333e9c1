//! The workers of a pool, and who looks after them.
//!
//! A caller that waits for a result reads the workers' sockets itself, so that an answer wakes one thread and not two.
//! While nobody waits, the pool's own thread does it. Whoever reads does all there is to do: takes answers in,
//! hands units out, buries the dead and hires their successors.

use std::collections::VecDeque;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};
use rustix::event::{EventfdFlags, epoll, eventfd};

use crate::child::Child;
use crate::error::{Error, Result};
use crate::socket::{Received, Wait, receive, send, timespec};
use crate::wire::{Message, Reader};
use crate::worker::{Reply, Request};

/// The most units that a worker holds at once, the one that it runs among them.
const WINDOW_LIMIT: usize = 32;

/// A worker that answers faster than this is given several units at once, so that it need not be woken for each.
const SHORT: Duration = Duration::from_millis(1);

/// How long the pool's thread waits for a caller to come back before it takes over.
const ABSENCE: Duration = Duration::from_millis(2);

/// How long a worker may take to exit when it is told to.
const GRACE: Duration = Duration::from_secs(1);

/// After so many workers in a row that died before they were ready, the pool gives up.
const START_LIMIT: u32 = 10;

/// The bell's number among the events. A worker's is its place.
const BELL: u64 = u64::MAX;

/// How a pool treats its workers. See [`Builder`](crate::pool::Builder).
pub(crate) struct Rules {
    pub workers: usize,
    pub initializer: Option<Message>,
    pub max_tasks_per_worker: Option<u64>,
    pub retries: u32,
    pub timeout: Option<Duration>,
    pub restarts: usize,
    pub restarts_within: Duration,
}

/// What one call of the pool asked for: one unit, or many.
pub(crate) struct Job {
    state: Mutex<JobState>,
}

#[derive(Default)]
struct JobState {
    arrived: VecDeque<Arrival>,
    missing: usize,
    callbacks: Vec<Callback>,
}

type Callback = Box<dyn FnOnce() + Send>;

/// The answer to one unit.
#[derive(Clone)]
pub(crate) struct Arrival {
    /// The place of the unit's first item in its job, and how many follow.
    pub first: usize,
    pub count: usize,
    pub task: &'static str,
    pub pid: u32,
    /// The results of the items, or what happened to all of them.
    pub outcome: Result<Reader>,
}

impl Job {
    pub fn new(units: usize) -> Arc<Job> {
        Arc::new(Job {
            state: Mutex::new(JobState {
                missing: units,
                ..JobState::default()
            }),
        })
    }

    pub fn is_done(&self) -> bool {
        self.state.lock().missing == 0
    }

    /// Takes out what has arrived first. `Err` when there is none and none will come.
    pub fn pop(&self) -> std::result::Result<Option<Arrival>, ()> {
        let mut state = self.state.lock();
        match state.arrived.pop_front() {
            None if state.missing == 0 => Err(()),
            arrival => Ok(arrival),
        }
    }

    /// A copy of all that has arrived, once nothing is missing.
    pub fn arrivals(&self) -> Option<Vec<Arrival>> {
        let state = self.state.lock();
        (state.missing == 0).then(|| state.arrived.iter().cloned().collect())
    }

    /// Takes all that has arrived.
    pub fn take(&self) -> VecDeque<Arrival> {
        std::mem::take(&mut self.state.lock().arrived)
    }

    /// Leaves a callback for the time when nothing is missing, or gives it back because that is now.
    pub fn on_done(&self, callback: Callback) -> Option<Callback> {
        let mut state = self.state.lock();
        if state.missing == 0 {
            return Some(callback);
        }
        state.callbacks.push(callback);
        None
    }
}

/// One message to a worker: calls of one task, of a job.
pub(crate) struct Unit {
    pub job: Arc<Job>,
    pub id: u64,
    pub task: &'static str,
    pub first: usize,
    pub count: usize,
    pub message: Message,
    pub attempts: u32,
}

struct Worker {
    child: Child,
    phase: Phase,
    /// Units that were sent and are not answered. It runs the oldest, the first.
    running: VecDeque<Unit>,
    /// How many units it may hold.
    window: usize,
    /// When it began with what it does.
    since: Instant,
    served: u64,
}

#[derive(Clone, Copy, PartialEq)]
enum Phase {
    Starting,
    Ready,
    /// It was told to exit.
    Leaving,
}

impl Worker {
    /// The latest that it may take for what it does.
    fn deadline(&self, rules: &Rules) -> Option<Instant> {
        match self.phase {
            Phase::Starting => None,
            Phase::Leaving => self.since.checked_add(GRACE),
            Phase::Ready => {
                let unit = self.running.front()?;
                self.since
                    .checked_add(rules.timeout?.saturating_mul(unit.count as u32))
            }
        }
    }
}

enum Condition {
    /// The first workers are on their way.
    Building,
    Open,
    /// No more units are taken. Those that were are finished.
    Closing,
    /// Nothing more happens, and why.
    Over(Error),
}

/// All that changes in a pool.
pub(crate) struct State {
    rules: Rules,
    condition: Condition,
    /// A place is empty when its worker has left and needs no successor.
    workers: Vec<Option<Worker>>,
    /// Units that no worker has.
    queue: VecDeque<Unit>,
    units: u64,
    hired: u64,
    /// When workers died, as far back as the rules ask.
    deaths: VecDeque<Instant>,
    failed_starts: u32,
    /// Callbacks of jobs that are done, for the pool's thread.
    callbacks: VecDeque<Callback>,
    /// A caller reads the sockets.
    driving: bool,
    /// Callers that wait while another one reads.
    followers: usize,
    /// The pool's thread waits for the caller who reads to leave.
    parked: bool,
    /// How often a caller has read.
    visits: u64,
    /// Where packets are received.
    buffer: Vec<u8>,
}

pub(crate) struct Supervisor {
    state: Mutex<State>,
    /// Followers wait here.
    progress: Condvar,
    /// The pool's thread waits here.
    relief: Condvar,
    epoll: OwnedFd,
    /// Wakes whoever reads the sockets.
    bell: OwnedFd,
}

impl Supervisor {
    /// Starts the workers and waits until they are ready.
    pub fn start(rules: Rules) -> Result<Supervisor> {
        let epoll =
            epoll::create(epoll::CreateFlags::CLOEXEC).map_err(Error::os("make an epoll"))?;
        let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)
            .map_err(Error::os("make an eventfd"))?;
        let ring = epoll::EventData::new_u64(BELL);
        epoll::add(&epoll, &bell, ring, epoll::EventFlags::IN)
            .map_err(Error::os("watch an eventfd"))?;
        let state = State {
            workers: (0..rules.workers).map(|_| None).collect(),
            rules,
            condition: Condition::Building,
            queue: VecDeque::new(),
            units: 0,
            hired: 0,
            deaths: VecDeque::new(),
            failed_starts: 0,
            callbacks: VecDeque::new(),
            driving: false,
            followers: 0,
            parked: false,
            visits: 0,
            buffer: Vec::new(),
        };
        let supervisor = Supervisor {
            state: Mutex::new(state),
            progress: Condvar::new(),
            relief: Condvar::new(),
            epoll,
            bell,
        };
        let mut state = supervisor.state.lock();
        for place in 0..state.workers.len() {
            supervisor.hire(&mut state, place)?;
        }
        drop(state);
        supervisor.wait(Wait::Forever, |state| match &state.condition {
            Condition::Over(error) => Some(Err(error.clone())),
            _ => state
                .workers
                .iter()
                .flatten()
                .all(|worker| worker.phase == Phase::Ready)
                .then_some(Ok(())),
        })?;
        supervisor.state.lock().condition = Condition::Open;
        Ok(supervisor)
    }

    /// Waits until `done` has something to say, and looks after the workers meanwhile, unless another caller does.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`] when the time is over, or the error that `done` finds.
    pub fn wait<T>(
        &self,
        wait: Wait,
        mut done: impl FnMut(&mut State) -> Option<Result<T>>,
    ) -> Result<T> {
        let mut state = self.state.lock();
        let mut drove = false;
        let result = loop {
            if let Some(result) = done(&mut state) {
                break result;
            }
            if wait.is_over() {
                break Err(Error::TimedOut);
            }
            if state.driving {
                state.followers += 1;
                match wait.deadline() {
                    Some(deadline) => drop(self.progress.wait_until(&mut state, deadline)),
                    None => self.progress.wait(&mut state),
                }
                state.followers -= 1;
                continue;
            }
            drove = true;
            state.driving = true;
            self.turn(&mut state, wait.deadline(), |_| true);
            state.driving = false;
            if state.followers > 0 {
                self.progress.notify_all();
            }
        };
        if drove {
            state.visits += 1;
            if state.parked {
                self.relief.notify_one();
            }
        }
        result
    }

    /// What the pool's own thread does: it looks after the workers while no caller does.
    pub fn run(&self) {
        let mut state = self.state.lock();
        let mut visits = state.visits;
        loop {
            if let Some(callback) = state.callbacks.pop_front() {
                MutexGuard::unlocked(&mut state, callback);
            } else if state.driving {
                state.parked = true;
                self.relief.wait(&mut state);
                state.parked = false;
            } else if state.workers.iter().all(Option::is_none) {
                return;
            } else if state.visits != visits {
                // A caller was here a moment ago, and may be back before it would pay to take its place.
                visits = state.visits;
                self.relief.wait_for(&mut state, ABSENCE);
            } else {
                // A caller that comes meanwhile sees the same events, and handles them.
                self.turn(&mut state, None, |state| !state.driving);
            }
        }
    }

    /// Waits for events, no longer than until `deadline`, and handles them.
    fn turn(
        &self,
        state: &mut MutexGuard<'_, State>,
        deadline: Option<Instant>,
        handles: impl FnOnce(&State) -> bool,
    ) {
        let deadlines = state
            .workers
            .iter()
            .flatten()
            .filter_map(|worker| worker.deadline(&state.rules));
        let timeout = deadlines.chain(deadline).min().map(timespec);
        let mut space = [MaybeUninit::uninit(); 64];
        let events = MutexGuard::unlocked(state, || {
            epoll::wait(&self.epoll, &mut space, timeout.as_ref())
        });
        if !handles(state) {
            return;
        }
        // Only a signal can have interrupted it.
        for event in events.map_or(&[][..], |(events, _)| events) {
            match { event.data }.u64() {
                BELL => drop(rustix::io::read(&self.bell, &mut [0; 8])),
                place => self.attend(state, place as usize),
            }
        }
        self.expire(state);
        self.hand_out(state);
    }

    /// Takes in all that a worker has sent.
    fn attend(&self, state: &mut State, place: usize) {
        while let Some(worker) = &mut state.workers[place] {
            let received = receive(&worker.child.socket, &mut state.buffer, Wait::Never);
            let reply = match received {
                Ok(Received::Nothing) => return,
                Ok(Received::End) => return self.bury(state, place, None),
                Ok(Received::Message(message)) => message.reader(),
                Err(error) => return self.bury(state, place, Some(error)),
            };
            if let Err(error) = self.take_in(state, place, reply) {
                return self.bury(state, place, Some(error));
            }
        }
    }

    /// Takes in one reply. An error is the worker's last.
    fn take_in(&self, state: &mut State, place: usize, mut reply: Reader) -> Result<()> {
        let Some(worker) = &mut state.workers[place] else {
            return Ok(());
        };
        match reply.next()? {
            Reply::Ready if worker.phase == Phase::Starting => {
                worker.phase = Phase::Ready;
                state.failed_starts = 0;
            }
            Reply::Failed { reason } if worker.phase == Phase::Starting => {
                self.finish(state, Error::Broken(reason))
            }
            Reply::Done { id } if worker.running.front().is_some_and(|unit| unit.id == id) => {
                let now = Instant::now();
                worker.window = match now.duration_since(worker.since) < SHORT {
                    true => (2 * worker.window).min(WINDOW_LIMIT),
                    false => 1,
                };
                worker.since = now;
                worker.served += 1;
                let pid = worker.child.pid();
                if let Some(unit) = worker.running.pop_front() {
                    self.deliver(state, unit, pid, Ok(reply));
                }
            }
            _ => return Err(Error::Protocol("a reply to no request")),
        }
        Ok(())
    }

    /// Gives queued units to workers that have room, to the least loaded first.
    fn hand_out(&self, state: &mut State) {
        let State {
            workers,
            queue,
            rules,
            ..
        } = state;
        let mut refused = Vec::new();
        while let Some(unit) = queue.front() {
            // The fewer are left, the fewer may wait behind another: the last ones are spread evenly.
            let share = 1 + queue.len() / (2 * rules.workers);
            let has_room = |worker: &&mut Worker| {
                let left = rules
                    .max_tasks_per_worker
                    .map_or(u64::MAX, |limit| limit.saturating_sub(worker.served));
                let room = worker
                    .window
                    .min(share)
                    .min(usize::try_from(left).unwrap_or(usize::MAX));
                worker.phase == Phase::Ready && worker.running.len() < room
            };
            let idlest = workers
                .iter_mut()
                .flatten()
                .filter(has_room)
                .min_by_key(|worker| worker.running.len());
            let Some(worker) = idlest else { break };
            let sent = send(&worker.child.socket, &unit.message, Wait::Never);
            let Some(unit) = queue.pop_front() else { break };
            match sent {
                Ok(true) => {
                    if worker.running.is_empty() {
                        worker.since = Instant::now();
                    }
                    worker.running.push_back(unit);
                }
                // Its socket is full: the next answer makes room. Or it has died: the news is on its way.
                Ok(false) | Err(Error::Disconnected) => {
                    worker.window = 0;
                    queue.push_front(unit);
                }
                Err(error) => refused.push((unit, worker.child.pid(), error)),
            }
        }
        for (unit, pid, error) in refused {
            self.deliver(state, unit, pid, Err(error));
        }
        self.dismiss(state);
    }

    /// Tells workers to exit that have served their time, or have nothing left to do in a pool that closes.
    fn dismiss(&self, state: &mut State) {
        let closing = matches!(state.condition, Condition::Closing) && state.queue.is_empty();
        let limit = state.rules.max_tasks_per_worker.unwrap_or(u64::MAX);
        for worker in state.workers.iter_mut().flatten() {
            if worker.phase == Phase::Ready
                && worker.running.is_empty()
                && (closing || worker.served >= limit)
            {
                worker.phase = Phase::Leaving;
                worker.since = Instant::now();
                // One that is dead already needs not be told.
                let _ = Message::of(&Request::Exit)
                    .and_then(|exit| send(&worker.child.socket, &exit, Wait::Never));
            }
        }
    }

    /// Stops workers that take longer than they may.
    fn expire(&self, state: &mut State) {
        if state.rules.timeout.is_none()
            && !state
                .workers
                .iter()
                .flatten()
                .any(|worker| worker.phase == Phase::Leaving)
        {
            return;
        }
        let now = Instant::now();
        for place in 0..state.workers.len() {
            let Some(worker) = &mut state.workers[place] else {
                continue;
            };
            if worker
                .deadline(&state.rules)
                .is_none_or(|deadline| deadline > now)
            {
                continue;
            }
            let pid = worker.child.pid();
            let overdue = worker.running.pop_front();
            worker.phase = Phase::Leaving;
            if let (Some(unit), Some(limit)) = (overdue, state.rules.timeout) {
                let error = Error::TaskTimedOut {
                    task: unit.task,
                    pid,
                    limit,
                };
                self.deliver(state, unit, pid, Err(error));
            }
            self.bury(state, place, None);
        }
    }

    /// Accounts for a worker that is dead, or misbehaved, and hires its successor.
    fn bury(&self, state: &mut State, place: usize, misbehaviour: Option<Error>) {
        let Some(mut worker) = state.workers[place].take() else {
            return;
        };
        let _ = epoll::delete(&self.epoll, &worker.child.socket);
        let pid = worker.child.pid();
        let exitcode = worker.child.reap();

        // It ran the oldest. The others never started, and go back to where they were.
        let lost = worker.running.pop_front();
        for unit in worker.running.drain(..).rev() {
            state.queue.push_front(unit);
        }
        if let Some(mut unit) = lost {
            if unit.attempts < state.rules.retries {
                unit.attempts += 1;
                state.queue.push_front(unit);
            } else {
                let died = exitcode.clone().map(|exitcode| Error::Died {
                    task: unit.task,
                    pid,
                    exitcode,
                });
                let error = misbehaviour.unwrap_or_else(|| died.unwrap_or_else(|error| error));
                self.deliver(state, unit, pid, Err(error));
            }
        }

        let end = exitcode.map_or_else(|error| error.to_string(), crate::child::describe);
        if worker.phase != Phase::Leaving {
            self.count_death(state, worker.phase, &end);
        }
        let needed = match state.condition {
            Condition::Building | Condition::Open => true,
            Condition::Closing => !state.queue.is_empty(),
            Condition::Over(_) => false,
        };
        if needed && let Err(error) = self.hire(state, place) {
            self.finish(state, Error::Broken(error.to_string()));
        }
    }

    /// Gives up when workers keep dying.
    fn count_death(&self, state: &mut State, phase: Phase, end: &str) {
        let Rules {
            restarts,
            restarts_within,
            ..
        } = state.rules;
        let now = Instant::now();
        state.deaths.push_back(now);
        while state
            .deaths
            .front()
            .is_some_and(|&death| now.duration_since(death) > restarts_within)
        {
            state.deaths.pop_front();
        }
        if phase == Phase::Starting {
            state.failed_starts += 1;
            if matches!(state.condition, Condition::Building) || state.failed_starts >= START_LIMIT
            {
                let reason = format!("a worker died before it was ready: {end}");
                return self.finish(state, Error::Broken(reason));
            }
        }
        if state.deaths.len() > restarts {
            let reason = format!(
                "{} workers died within {restarts_within:?}, the last one: {end}",
                state.deaths.len()
            );
            self.finish(state, Error::Broken(reason));
        }
    }

    /// Starts a worker.
    fn hire(&self, state: &mut State, place: usize) -> Result<()> {
        state.hired += 1;
        let child = Child::start(
            &format!("Worker-{}", state.hired),
            state.rules.initializer.as_slice(),
        )?;
        let data = epoll::EventData::new_u64(place as u64);
        epoll::add(&self.epoll, &child.socket, data, epoll::EventFlags::IN)
            .map_err(Error::os("watch a socket"))?;
        let worker = Worker {
            child,
            phase: Phase::Starting,
            running: VecDeque::new(),
            window: 1,
            since: Instant::now(),
            served: 0,
        };
        state.workers[place] = Some(worker);
        Ok(())
    }

    /// Enters the answer to a unit.
    fn deliver(&self, state: &mut State, unit: Unit, pid: u32, outcome: Result<Reader>) {
        let mut job = unit.job.state.lock();
        job.arrived.push_back(Arrival {
            first: unit.first,
            count: unit.count,
            task: unit.task,
            pid,
            outcome,
        });
        job.missing -= 1;
        if job.missing == 0 && !job.callbacks.is_empty() {
            state.callbacks.extend(job.callbacks.drain(..));
            self.relief.notify_one();
        }
    }

    /// Ends everything: workers are killed, and what is not finished fails with `error`.
    fn finish(&self, state: &mut State, error: Error) {
        if matches!(state.condition, Condition::Over(_)) {
            return;
        }
        state.condition = Condition::Over(error.clone());
        for worker in state.workers.iter().flatten() {
            let _ = worker.child.signal(rustix::process::Signal::KILL);
        }
        for place in 0..state.workers.len() {
            if let Some(mut worker) = state.workers[place].take() {
                state.queue.extend(worker.running.drain(..));
            }
        }
        for unit in std::mem::take(&mut state.queue) {
            self.deliver(state, unit, 0, Err(error.clone()));
        }
        self.ring();
    }

    fn ring(&self) {
        let _ = rustix::io::write(&self.bell, &1_u64.to_ne_bytes());
    }

    /// Takes units in.
    ///
    /// # Errors
    ///
    /// If the pool is closed or has given up.
    pub fn submit(&self, units: impl IntoIterator<Item = Unit>) -> Result<()> {
        let mut state = self.state.lock();
        match &state.condition {
            Condition::Building | Condition::Open => {}
            Condition::Closing => return Err(Error::Closed),
            Condition::Over(error) => return Err(error.clone()),
        }
        state.queue.extend(units);
        self.hand_out(&mut state);
        if state.rules.timeout.is_some() {
            // Whoever reads does not know of the new deadline.
            self.ring();
        }
        Ok(())
    }

    /// Takes back what no worker has begun. Whether that was all that was missing.
    pub fn cancel(&self, job: &Arc<Job>) -> bool {
        let mut state = self.state.lock();
        let (cancelled, kept) = std::mem::take(&mut state.queue)
            .into_iter()
            .partition(|unit| Arc::ptr_eq(&unit.job, job));
        state.queue = kept;
        let cancelled: VecDeque<Unit> = cancelled;
        let all = !cancelled.is_empty() && cancelled.len() == job.state.lock().missing;
        for unit in cancelled {
            self.deliver(&mut state, unit, 0, Err(Error::Cancelled));
        }
        self.progress.notify_all();
        self.ring();
        all
    }

    /// Takes no more units.
    pub fn close(&self) {
        let mut state = self.state.lock();
        if matches!(state.condition, Condition::Open) {
            state.condition = Condition::Closing;
            self.dismiss(&mut state);
        }
        // A deadline was set.
        self.ring();
    }

    /// Waits until every worker has left.
    pub fn join(&self, wait: Wait) -> Result<()> {
        self.wait(wait, |state| {
            state.workers.iter().all(Option::is_none).then_some(Ok(()))
        })
    }

    /// Ends everything now.
    pub fn terminate(&self) {
        let mut state = self.state.lock();
        self.finish(&mut state, Error::Closed);
        self.progress.notify_all();
    }

    /// The process ids of the workers.
    pub fn pids(&self) -> Vec<u32> {
        self.state
            .lock()
            .workers
            .iter()
            .flatten()
            .map(|worker| worker.child.pid())
            .collect()
    }
}
