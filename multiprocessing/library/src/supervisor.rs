//! The workers of a pool, and whoever looks after them.
//!
//! A caller that waits for a result attends to the workers itself, so that an answer wakes one
//! thread and not two. While nobody waits, the pool's own thread does. Whoever does it does all
//! there is to do: takes answers in, hands units out, buries the dead, hires successors.
//!
//! Answers lie in the workers' outboxes; only those that are too long for them come through the
//! sockets. A worker rings when half of what it has is answered, so that it is handed more before it
//! runs out. If that takes long, it rings after each answer.

use std::collections::VecDeque;
use std::mem::{MaybeUninit, forget};
use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process;
use std::sync::{Arc, OnceLock};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};
use rustix::event::epoll::{self, Event, EventData, EventFlags};
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};

use crate::child::{Child, NO_INIT, Preparation, describe};
use crate::claims::Claims;
use crate::error::{Error, Result};
use crate::job::{Answer, Callback, Job, Unit};
use crate::outbox::{Outboxes, wake};
use crate::socket::{PACKET_LIMIT, Received, Wait, receive, send, timespec};
use crate::wire::Message;
use crate::worker::{Desk, Manners, Reply, Request};

/// The most units that a worker has, the one that it runs among them. It has several, lest it be
/// woken for each.
const WINDOW: usize = 32;

/// How many units a worker is sent at once, if there are enough.
pub(crate) const BATCH: usize = WINDOW / 2;

/// After this time with one unit a worker rings when it has answered it, and has to share the others
/// with those that have none.
const SLOW: Duration = Duration::from_millis(1);

/// How often a unit's time to arrive is doubled: to a minute.
const MOST_DOUBLINGS: u32 = 16;

/// So many packets may lie in a worker's socket when it is sent a unit in a memory file. What was taken
/// back from a worker that does not run lies there, too.
const UNREAD_LIMIT: u64 = 2;

/// For so long after a caller's visit the pool's thread expects it back, and lets it read.
const ABSENCE: Duration = Duration::from_millis(2);

/// For so long nothing is handed out after the system had too many descriptors on their way, unless
/// an answer comes: other processes may have sent them.
const SCARCITY: Duration = Duration::from_millis(5);

/// No wait is longer. It may be begun again.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a worker may take to exit when it is told to.
pub(crate) const EXIT_TIME: Duration = Duration::from_secs(1);

/// The files that this process opens for each worker, and for the pool.
const FILES_PER_WORKER: usize = 2;
/// With a few to spare: to start a worker takes some for a moment.
const FILES_PER_POOL: usize = 32;

/// The exit code of a worker that aborts.
const ABORTED: i32 = -6;

/// The pool gives up when so many workers in a row die before they are ready.
const START_LIMIT: u32 = 10;

/// How a pool treats its workers, as [`Builder`](crate::Builder) tells.
pub(crate) struct Rules {
    pub workers: usize,
    pub initializer: Option<Preparation>,
    pub manners: Manners,
    pub start_timeout: Duration,
    pub max_tasks_per_worker: Option<u64>,
    pub retries: u32,
    pub timeout: Option<Duration>,
    pub restart_limit: usize,
    pub restart_period: Duration,
}

struct Worker {
    /// Its place among the workers.
    place: usize,
    child: Child,
    phase: Phase,
    /// When it began with what it does.
    since: Instant,
    /// What it is to be sent before any unit.
    first: VecDeque<Message>,
    /// Units that it has not answered, in the order in which they were sent and are run.
    sent: VecDeque<Unit>,
    /// The number of the one after which it rings.
    awaited: u32,
    /// The number of the next.
    next: u32,
    /// How many more it may be sent in its life.
    left: u64,
    /// Its socket takes no more for now.
    full: bool,
    /// How many packets with units were put into its socket.
    packets: u64,
    /// It has called `init`.
    started: bool,
    /// Its socket has come to an end: the process will.
    disconnected: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Phase {
    /// It makes its preparations.
    Starting,
    Ready,
    /// It was told to exit.
    Leaving,
}

impl Worker {
    /// The latest that it may take for what it does.
    fn deadline(&self, rules: &Rules) -> Option<Instant> {
        let limit = match self.phase {
            _ if self.disconnected => EXIT_TIME,
            Phase::Starting => rules.start_timeout,
            Phase::Ready => rules
                .timeout?
                .saturating_mul(self.sent.front()?.count as u32),
            Phase::Leaving => EXIT_TIME,
        };
        self.since.checked_add(limit)
    }

    /// Whether it may be sent units. It gets them by the half window, because each packet costs.
    /// Behind a unit that does not fit a packet comes one more at most: until it is taken out of
    /// the socket it is a file, and the system allows a user only so many of them on their way.
    fn has_room(&self) -> bool {
        let most = match self.sent.back().is_some_and(Unit::is_in_file) {
            true => 1,
            false => WINDOW - BATCH,
        };
        let takes = self.phase == Phase::Ready && !self.full && !self.disconnected;
        takes && self.sent.len() <= most && self.left > 0
    }

    fn is_idle(&self) -> bool {
        self.has_room() && self.sent.is_empty()
    }

    /// When others may have what it has not begun. A unit that is the first may have been on its way
    /// for this time because the machine is busy. It has twice as long on each way that it goes, so
    /// that it arrives.
    fn time_to_share(&self, claims: &Claims) -> Option<Instant> {
        let waits = |unit: &Unit| !claims.has(self.place, unit.id);
        self.sent.back().filter(|unit| waits(unit))?;
        let first = self.sent.front().filter(|unit| waits(unit));
        let moves = first.map_or(0, |unit| unit.moves.min(MOST_DOUBLINGS));
        Some(self.since + SLOW * 2_u32.pow(moves))
    }

    /// When it is to ring after the next answer already. `None`: it does.
    fn time_to_hurry(&self) -> Option<Instant> {
        let next = self.sent.front()?;
        (next.id != self.awaited).then(|| self.since + SLOW)
    }

    /// Takes units off a queue: as many as go into one packet, but no more than `share`, or than
    /// it may be sent; and numbers them.
    fn take_units(&self, queue: &mut VecDeque<Unit>, share: usize) -> Vec<Unit> {
        let left = usize::try_from(self.left).unwrap_or(usize::MAX);
        let most = share.min(WINDOW - self.sent.len()).min(left);
        let mut units = Vec::with_capacity(most);
        let mut bytes = 0;
        while units.len() < most
            && let Some(unit) = queue.front()
        {
            bytes += unit.message.bytes.len();
            // What carries descriptors goes alone: they are counted from the start of a message.
            let alone = bytes > PACKET_LIMIT || !unit.message.descriptors.is_empty();
            if !alone || units.is_empty() {
                units.extend(queue.pop_front());
            }
            if alone {
                break;
            }
        }
        let mut id = self.next;
        for unit in &mut units {
            unit.id = id;
            Request::number(&mut unit.message, id);
            id = id.wrapping_add(1);
        }
        units
    }
}

/// Raises the limit of open files, as far as this process may, if so many more do not fit it.
fn allow_files(more: usize) -> Result<()> {
    let open = std::fs::read_dir("/proc/self/fd").map_err(Error::io("read /proc/self/fd"))?;
    let needed = (open.count() + more) as u64;
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|current| current < needed) {
        let current = limit.maximum.map_or(needed, |most| most.min(needed));
        let limit = Rlimit {
            current: Some(current),
            maximum: limit.maximum,
        };
        setrlimit(Resource::Nofile, limit).map_err(Error::os("raise the limit of open files"))?;
    }
    Ok(())
}

/// Whether a message could not be sent because too many descriptors are on their way.
fn is_scarcity(error: &Error) -> bool {
    error.is(Errno::TOOMANYREFS)
}

/// The messages of several units as one.
fn joined(units: &[Unit]) -> Message {
    let bytes: Vec<&[u8]> = units
        .iter()
        .map(|unit| unit.message.bytes.as_slice())
        .collect();
    Message {
        bytes: bytes.concat(),
        descriptors: Vec::new(),
    }
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
    hired: u64,
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
    /// The sockets of all workers, and the bell. An event's number is the worker's place.
    epoll: OwnedFd,
    /// Wakes whoever reads. Its number among the events is that of no place. It is never read: each
    /// time that it rings is an event.
    bell: Arc<OwnedFd>,
    /// Wakes the pool's thread.
    call: OwnedFd,
    /// The pool's thread.
    thread: OnceLock<ThreadId>,
    /// The process whose workers they are.
    parent: u32,
}

const BELL: u64 = u64::MAX;

/// Added to a worker's place, the number of the event that its process has ended.
const ENDED: u64 = 1 << 32;

/// The most events that are read at once.
const EVENTS: usize = 64;

type Space = [MaybeUninit<Event>; EVENTS];

impl Supervisor {
    /// Starts the workers, and waits until they are ready.
    pub fn start(rules: Rules) -> Result<Supervisor> {
        allow_files(FILES_PER_WORKER * rules.workers + FILES_PER_POOL)?;
        let flags = EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK;
        let epoll =
            epoll::create(epoll::CreateFlags::CLOEXEC).map_err(Error::os("make an epoll"))?;
        let bell = Arc::new(eventfd(0, flags).map_err(Error::os("make an eventfd"))?);
        let call = eventfd(0, flags).map_err(Error::os("make an eventfd"))?;
        let each = EventFlags::IN | EventFlags::ET;
        epoll::add(&epoll, &bell, EventData::new_u64(BELL), each)
            .map_err(Error::os("watch an eventfd"))?;
        let supervisor = Supervisor {
            claims: Claims::new(rules.workers)?,
            outboxes: Outboxes::new(rules.workers, &bell)?,
            state: Mutex::new(State {
                workers: (0..rules.workers).map(|_| None).collect(),
                rules,
                condition: Condition::Building,
                hired: 0,
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
            bell,
            call,
            thread: OnceLock::new(),
            parent: process::id(),
        };
        let mut state = supervisor.state.lock();
        for place in 0..state.workers.len() {
            supervisor.hire(&mut state, place)?;
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
    pub fn check_parent(&self) -> Result<()> {
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
    pub fn submit(&self, units: Vec<Unit>, more: bool) -> Result<()> {
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
            // Until it is done it looks after the workers, lest they wait for it.
            state.visits += 1;
            if !state.driven && !state.watching {
                self.collect_all(&mut state);
            }
        }
        self.hand_out(&mut state);
        let timed = state.rules.timeout.is_some() || state.scarce.is_some();
        if timed && (state.driven || state.watching) {
            // Whoever waits for events does not know the new deadline.
            wake(&self.bell);
        }
        Ok(())
    }

    /// Waits until `done` has an answer.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`].
    pub fn wait<T>(&self, wait: Wait, mut done: impl FnMut() -> Option<T>) -> Result<T> {
        self.drive(wait, |_| done().map(Ok))
    }

    /// Wakes a caller who waits here for something that happens elsewhere.
    pub fn call_back(&self) {
        wake(&self.bell);
    }

    /// Whether this is the pool's thread, which runs a callback: nobody else may attend to the
    /// workers meanwhile.
    pub fn is_calling_back(&self) -> bool {
        self.thread.get() == Some(&thread::current().id())
    }

    /// Waits until every worker has left.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`], and why the pool gave up, if it did.
    pub fn join(&self, wait: Wait) -> Result<()> {
        self.drive(wait, |state| match &state.condition {
            Condition::Over(error) => Some(Err(error.clone())),
            _ => state.workers.iter().all(Option::is_none).then_some(Ok(())),
        })
    }

    /// Takes back the units of a job that no worker has begun. Whether that is all that is missing.
    pub fn cancel(&self, job: &Arc<Job>) -> bool {
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
        self.ring();
        all
    }

    /// Takes no more units.
    pub fn close(&self) {
        if self.check_parent().is_err() {
            return;
        }
        let mut state = self.state.lock();
        if matches!(state.condition, Condition::Open) {
            state.condition = Condition::Closing;
            self.dismiss(&mut state);
            self.ring();
        }
    }

    /// Ends everything at once.
    pub fn terminate(&self) {
        if self.check_parent().is_err() {
            return;
        }
        self.finish(&mut self.state.lock(), Error::Closed);
    }

    /// Whether no worker has anything to do.
    pub fn is_idle(&self) -> bool {
        let mut state = self.state.lock();
        self.collect_all(&mut state);
        self.hand_out(&mut state);
        state.queue.is_empty() && state.workers.iter().flatten().all(|it| it.sent.is_empty())
    }

    /// The process ids of the workers.
    pub fn pids(&self) -> Vec<u32> {
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

    /// Reads the sockets until `done` has an answer, or lets the caller who reads them do so.
    fn drive<T>(
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
                wake(&self.call);
            }
        }
        result
    }

    /// What the pool's thread does: it runs callbacks, and reads the sockets while no caller does.
    pub fn run(&self) {
        let _ = self.thread.set(thread::current().id());
        let mut state = self.state.lock();
        let mut visits = state.visits;
        loop {
            if let Some(callback) = state.callbacks.pop_front() {
                // The panic has been reported when it was raised. The next callback is not to blame,
                // and what was thrown may panic again when it is dropped.
                let call = || catch_unwind(AssertUnwindSafe(callback)).map_err(forget);
                let _ = MutexGuard::unlocked(&mut state, call);
            } else if state.workers.iter().all(Option::is_none) {
                return;
            } else if state.driven {
                state.parked = true;
                self.relief.wait(&mut state);
                state.parked = false;
            } else if state.visits != visits {
                visits = state.visits;
                self.relief.wait_for(&mut state, ABSENCE);
            } else {
                let timeout = self.timeout(&state, None);
                let mut space = [MaybeUninit::uninit(); EVENTS];
                state.watching = true;
                let events = MutexGuard::unlocked(&mut state, || {
                    // Not a wait on the epoll itself, where it might be woken in a caller's stead.
                    let epoll = PollFd::new(&self.epoll, PollFlags::IN);
                    let call = PollFd::new(&self.call, PollFlags::IN);
                    let _ = poll(&mut [epoll, call], timeout.as_ref());
                    let _ = rustix::io::read(&self.call, &mut [0; 8]);
                    self.events(&mut space, Some(Timespec::default()))
                });
                state.watching = false;
                match state.driven {
                    false => self.attend(&mut state, events),
                    // A caller who has come meanwhile may have been meant.
                    true => wake(&self.bell),
                }
            }
        }
    }

    /// How long a wait may take: until `deadline`, or until a worker is to be looked after.
    fn timeout(&self, state: &State, deadline: Option<Instant>) -> Option<Timespec> {
        let workers = || state.workers.iter().flatten();
        let next = workers()
            .filter_map(|worker| worker.deadline(&state.rules))
            .chain(workers().filter_map(Worker::time_to_hurry))
            .chain(deadline)
            .chain(state.scarce)
            .chain(self.time_to_balance(state))
            .min();
        // A wait of over 24 days needs a call that Linux has since 5.11 only.
        next.map(|time| timespec(time.min(Instant::now() + DAY)))
    }

    /// When a worker has to give back what it has not begun, if another one has nothing to do.
    fn time_to_balance(&self, state: &State) -> Option<Instant> {
        let workers = || state.workers.iter().flatten();
        if !state.queue.is_empty() || !workers().any(Worker::is_idle) {
            return None;
        }
        workers()
            .filter_map(|it| it.time_to_share(&self.claims))
            .min()
    }

    /// Waits for events. A signal may end the wait without any.
    fn events<'a>(&self, space: &'a mut Space, timeout: Option<Timespec>) -> &'a [Event] {
        epoll::wait(&self.epoll, space, timeout.as_ref()).map_or(&[], |(events, _)| events)
    }

    /// Wakes everybody who waits.
    fn ring(&self) {
        wake(&self.bell);
        wake(&self.call);
        self.progress.notify_all();
        self.relief.notify_one();
    }

    /// Does what the events and the time call for.
    fn attend(&self, state: &mut State, events: &[Event]) {
        for event in events {
            match { event.data }.u64() {
                BELL => {}
                number @ ENDED.. => self.take_leave(state, (number - ENDED) as usize),
                place => {
                    if { event.flags }.contains(EventFlags::OUT) {
                        self.set_full(state, place as usize, false);
                    }
                    self.take_in(state, place as usize);
                }
            }
        }
        self.collect_all(state);
        self.expire(state);
        self.hand_out(state);
        self.balance(state);
        self.dismiss(state);
    }

    /// Takes in what is in the outboxes.
    fn collect_all(&self, state: &mut State) {
        for place in 0..state.workers.len() {
            self.collect(state, place);
        }
    }

    /// Takes in what is in a worker's outbox, and has it ring in time.
    fn collect(&self, state: &mut State, place: usize) {
        if let Err(error) = self.empty(state, place) {
            self.bury(state, place, Some(error));
        }
    }

    fn empty(&self, state: &mut State, place: usize) -> Result<()> {
        let mut last_look = false;
        while let Some(worker) = &mut state.workers[place]
            && let Some(next) = worker.sent.front()
        {
            if let Some(bytes) = self.outboxes.take(place, next.id)? {
                let descriptors = Vec::new();
                self.take_reply(state, place, Message { bytes, descriptors })?;
                last_look = false;
            } else if last_look {
                break;
            } else {
                let half = match worker.since.elapsed() < SLOW {
                    true => (worker.sent.len() - 1) / 2,
                    false => 0,
                };
                worker.awaited = worker.sent[half].id;
                self.outboxes.expect(place, worker.awaited);
                // It may have come before it was expected.
                last_look = true;
            }
        }
        Ok(())
    }

    /// Takes in all that a worker has sent.
    fn take_in(&self, state: &mut State, place: usize) {
        while let Some(worker) = &state.workers[place]
            && !worker.disconnected
        {
            let taken = match receive(&worker.child.socket, Wait::Never) {
                Ok(Received::Nothing) => return,
                Ok(Received::End) => return self.disconnect(state, place),
                // First what it had put into its outbox before it sent this.
                Ok(Received::Message(reply)) => self
                    .empty(state, place)
                    .and_then(|()| self.take_reply(state, place, reply)),
                Err(error) => Err(error),
            };
            if let Err(error) = taken {
                return self.bury(state, place, Some(error));
            }
            // From a worker that owes no answer only its end can come, and that is told again.
            if state.workers[place]
                .as_ref()
                .is_some_and(|it| it.sent.is_empty())
            {
                return;
            }
        }
    }

    /// Gives a worker whose socket has come to an end the time to exit: what it does at its exit
    /// is not over yet, nor is it known how it ends.
    fn disconnect(&self, state: &mut State, place: usize) {
        if let Some(worker) = &mut state.workers[place]
            && !worker.disconnected
        {
            let _ = epoll::delete(&self.epoll, &worker.child.socket);
            worker.disconnected = true;
            worker.since = Instant::now();
        }
    }

    /// Buries a worker that has ended, though a process that it left behind holds its socket open.
    fn take_leave(&self, state: &mut State, place: usize) {
        let ended = |state: &State| {
            let worker = state.workers[place].as_ref()?;
            worker.child.wait(Wait::Never).transpose()
        };
        // The event may be that of the one before, who has been buried.
        if ended(state).is_some() {
            self.take_in(state, place);
        }
        if ended(state).is_some() {
            self.bury(state, place, None);
        }
    }

    /// Takes in one reply of a worker.
    fn take_reply(&self, state: &mut State, place: usize, reply: Message) -> Result<()> {
        let Some(worker) = &mut state.workers[place] else {
            return Ok(());
        };
        let mut position = 0;
        match reply.read_header(&mut position)? {
            Reply::Started if worker.phase == Phase::Starting => worker.started = true,
            Reply::Refused { preparation } if worker.phase == Phase::Starting => {
                let refusal = worker.child.refusal(preparation, &reply, position);
                self.finish(state, refusal);
            }
            Reply::Ready if worker.phase == Phase::Starting => {
                worker.phase = Phase::Ready;
                state.failed_starts = 0;
            }
            Reply::Failed { reason } if worker.phase == Phase::Starting => {
                self.finish(state, Error::Unprepared(reason));
            }
            Reply::Done { id } if worker.sent.front().is_some_and(|unit| unit.id == id) => {
                worker.since = Instant::now();
                state.scarce = None;
                let pid = worker.child.pid();
                if let Some(unit) = worker.sent.pop_front() {
                    self.deliver(state, unit, pid, Ok((reply, position)));
                }
            }
            _ => return Err(Error::Protocol("a reply to no request")),
        }
        Ok(())
    }

    /// Sends units to workers that have room: to those first that have the fewest, and of these to
    /// those that have read what they were sent.
    fn hand_out(&self, state: &mut State) {
        if state.scarce.is_some_and(|time| time > Instant::now()) {
            return;
        }
        state.scarce = None;
        self.brief(state);
        let share = state.queue.len().div_ceil(state.rules.workers);
        while !state.queue.is_empty() {
            let in_file = state.queue.front().is_some_and(Unit::is_in_file);
            let unread = |it: &Worker| it.packets.saturating_sub(self.claims.taken(it.place));
            let workers = state
                .workers
                .iter_mut()
                .flatten()
                .filter(|it| it.has_room());
            let best = workers.min_by_key(|it| (it.sent.len(), unread(it)));
            let Some(worker) = best else {
                return;
            };
            if in_file && unread(worker) >= UNREAD_LIMIT {
                // Nothing tells when it reads on.
                state.scarce = Some(Instant::now() + SCARCITY);
                return;
            }
            let units = worker.take_units(&mut state.queue, share);
            if worker.sent.is_empty() {
                // Whoever reads may be asleep, and does not know that this has begun.
                worker.awaited = units[0].id;
                self.outboxes.expect(worker.place, worker.awaited);
            }
            let sent = match &units[..] {
                [unit] => send(&worker.child.socket, &unit.message, Wait::Never),
                units => send(&worker.child.socket, &joined(units), Wait::Never),
            };
            match sent {
                Ok(true) => {
                    if worker.sent.is_empty() {
                        worker.since = Instant::now();
                    }
                    worker.packets += 1;
                    worker.next = worker.next.wrapping_add(units.len() as u32);
                    worker.left -= units.len() as u64;
                    worker.sent.extend(units);
                }
                Ok(false) => {
                    let place = worker.place;
                    state.put_back(units);
                    self.set_full(state, place, true);
                }
                Err(Error::Disconnected) => {
                    let place = worker.place;
                    state.put_back(units);
                    self.disconnect(state, place);
                }
                Err(error) if is_scarcity(&error) => {
                    state.put_back(units);
                    state.scarce = Some(Instant::now() + SCARCITY);
                    return;
                }
                Err(error) => {
                    for unit in units {
                        self.deliver(state, unit, 0, Err(error.clone()));
                    }
                }
            }
        }
    }

    /// Sends workers what they are to be sent before any unit.
    fn brief(&self, state: &mut State) {
        for place in 0..state.workers.len() {
            while let Some(worker) = &mut state.workers[place]
                && !worker.full
                && let Some(request) = worker.first.front()
            {
                match send(&worker.child.socket, request, Wait::Never) {
                    // That it has died will show.
                    Ok(true) | Err(Error::Disconnected) => _ = worker.first.pop_front(),
                    Ok(false) => self.set_full(state, place, true),
                    Err(error) if is_scarcity(&error) => {
                        state.scarce = Some(Instant::now() + SCARCITY);
                        return;
                    }
                    Err(error) => self.bury(state, place, Some(error)),
                }
            }
        }
    }

    /// Hands a worker no more units until its socket has room again.
    fn set_full(&self, state: &mut State, place: usize, full: bool) {
        let Some(worker) = &mut state.workers[place] else {
            return;
        };
        let flags = match full {
            true => EventFlags::IN | EventFlags::OUT,
            false => EventFlags::IN,
        };
        worker.full = full;
        // It cannot fail for a socket that is watched.
        let data = EventData::new_u64(place as u64);
        let _ = epoll::modify(&self.epoll, &worker.child.socket, data, flags);
    }

    /// Takes back what waits behind a slow unit, or in a worker that does not run, while another
    /// one has nothing to do.
    fn balance(&self, state: &mut State) {
        if self
            .time_to_balance(state)
            .is_none_or(|time| time > Instant::now())
        {
            return;
        }
        let now = Instant::now();
        for place in 0..state.workers.len() {
            if let Some(worker) = &mut state.workers[place]
                && worker
                    .time_to_share(&self.claims)
                    .is_some_and(|time| time <= now)
            {
                let begun = |unit: &Unit| self.claims.has(place, unit.id);
                if let Some(first) = worker.sent.front_mut().filter(|unit| !begun(unit)) {
                    first.moves += 1;
                }
                self.take_back(state, place);
            }
        }
        self.hand_out(state);
    }

    /// Puts the units that a worker has not begun back into the queue.
    fn take_back(&self, state: &mut State, place: usize) {
        let Some(worker) = &mut state.workers[place] else {
            return;
        };
        self.claims.revoke(place, worker.next);
        let not_begun = |unit: &mut Unit| !self.claims.has(place, unit.id);
        while let Some(unit) = worker.sent.pop_back_if(not_begun) {
            worker.left += 1;
            state.queue.push_front(unit);
        }
        // The one after which it was to ring may be among them.
        self.collect(state, place);
    }

    /// Tells workers to exit that have taken all they may, or all there is when the pool closes.
    fn dismiss(&self, state: &mut State) {
        let closing = matches!(state.condition, Condition::Closing) && state.queue.is_empty();
        for worker in state.workers.iter_mut().flatten() {
            let idle = worker.phase == Phase::Ready && worker.sent.is_empty();
            if idle && (closing || worker.left == 0) {
                worker.phase = Phase::Leaving;
                worker.since = Instant::now();
                // A worker that cannot be told is killed when its time is over.
                let exit = Message::of_header(&Request::Exit);
                let _ = exit.and_then(|exit| send(&worker.child.socket, &exit, Wait::Never));
            }
        }
    }

    /// Ends workers that take longer than they may.
    fn expire(&self, state: &mut State) {
        for place in 0..state.workers.len() {
            let Some(since) = state.overdue(place) else {
                continue;
            };
            // It may have answered since it was last looked at. So that it is not stopped in what
            // comes next, it begins no more.
            if let Some(worker) = &state.workers[place] {
                self.claims.revoke(place, worker.next);
            }
            self.collect(state, place);
            self.take_in(state, place);
            if state.overdue(place) != Some(since) {
                self.take_back(state, place);
                continue;
            }
            let Some(worker) = &mut state.workers[place] else {
                continue;
            };
            let mut fault = match worker.phase {
                _ if worker.disconnected => Some(Error::Protocol(
                    "a worker closed its connection and did not exit",
                )),
                Phase::Starting => Some(Error::TimedOut),
                Phase::Ready | Phase::Leaving => None,
            };
            if worker.disconnected {
                // Whatever it still does is no task's.
            } else if let (Some(unit), Some(limit)) = (worker.sent.front(), state.rules.timeout) {
                // Its death is our doing, and no misfortune to be counted.
                worker.phase = Phase::Leaving;
                let (task, pid) = (unit.task, worker.child.pid());
                fault = Some(Error::Overdue { task, pid, limit });
            }
            self.bury(state, place, fault);
        }
    }

    /// Accounts for a worker that has died, or is to because of a fault, and finds a successor.
    fn bury(&self, state: &mut State, place: usize, fault: Option<Error>) {
        let Some(worker) = &state.workers[place] else {
            return;
        };
        let pid = worker.child.pid();
        let exitcode = worker.child.reap();
        // What it has answered is not lost.
        let mut fault = fault.or(self.empty(state, place).err());
        // What it had begun is: the one that it was at, and before that one those whose answers did
        // not get through.
        let mut lost = Vec::new();
        while let Some(worker) = &mut state.workers[place]
            && let Some(mut unit) = worker.sent.pop_front_if(|it| self.claims.has(place, it.id))
        {
            unit.deaths += 1;
            lost.push(unit);
            fault = fault.or(self.empty(state, place).err());
        }
        let Some(mut worker) = state.workers[place].take() else {
            return;
        };
        self.unwatch(&worker);
        let again = |unit: &mut Unit| fault.is_none() && unit.deaths <= state.rules.retries;
        let mut kept: Vec<_> = lost.extract_if(.., again).collect();
        if kept.is_empty()
            && lost.is_empty()
            && let Some(unit) = worker.sent.front_mut()
        {
            // It was not begun. But it may be why the worker died, if it is very long.
            unit.misfires += 1;
            let too_often = |unit: &mut Unit| unit.misfires >= START_LIMIT;
            lost.extend(worker.sent.pop_front_if(too_often));
        }
        kept.extend(worker.sent);
        state.put_back(kept);
        let end = match (fault, exitcode) {
            (Some(fault), _) | (None, Err(fault)) => Err(fault),
            (None, Ok(exitcode)) => Ok(exitcode),
        };
        for unit in lost {
            let task = unit.task;
            let died = |exitcode| Error::Died {
                task,
                pid,
                exitcode,
            };
            let error = match (&end, state.rules.manners.memory_limit) {
                (Ok(ABORTED), Some(limit)) => Error::OutOfMemory { task, pid, limit },
                (end, _) => end.clone().map_or_else(|fault| fault, died),
            };
            self.deliver(state, unit, pid, Err(error));
        }
        // Its successor may need the descriptors.
        drop(worker.child);
        if worker.phase != Phase::Leaving {
            let end = match end {
                Ok(exitcode @ 0..) if !worker.started => {
                    format!("{}: {NO_INIT}", describe(exitcode))
                }
                Err(Error::TimedOut) if !worker.started => {
                    let limit = state.rules.start_timeout;
                    format!("it took longer than {limit:?}, and {NO_INIT}")
                }
                Ok(exitcode) => describe(exitcode),
                Err(Error::TimedOut) => {
                    let limit = state.rules.start_timeout;
                    format!("it was stopped because that took longer than {limit:?}")
                }
                Err(fault) => fault.to_string(),
            };
            self.count_death(state, worker.phase, &end);
        }
        let needed = match state.condition {
            Condition::Building | Condition::Open => true,
            Condition::Closing => !state.queue.is_empty(),
            Condition::Over(_) => false,
        };
        if needed && let Err(error) = self.hire(state, place) {
            self.finish(state, error);
        }
    }

    /// Gives up when workers die too often.
    fn count_death(&self, state: &mut State, phase: Phase, end: &str) {
        let Rules {
            restart_limit,
            restart_period,
            ..
        } = state.rules;
        if phase == Phase::Starting {
            state.failed_starts += 1;
            let building = matches!(state.condition, Condition::Building);
            if building || state.failed_starts == START_LIMIT {
                let reason = format!("a worker died before it was ready: {end}");
                return self.finish(state, Error::Broken(reason));
            }
        }
        let now = Instant::now();
        state.deaths.push_back(now);
        while state
            .deaths
            .front()
            .is_some_and(|&death| now - death > restart_period)
        {
            state.deaths.pop_front();
        }
        let count = state.deaths.len();
        if count > restart_limit {
            let reason = format!("{count} workers died within {restart_period:?}, the last: {end}");
            self.finish(state, Error::Broken(reason));
        }
    }

    /// Starts a worker.
    fn hire(&self, state: &mut State, place: usize) -> Result<()> {
        state.hired += 1;
        let name = format!("Worker-{}", state.hired);
        let desk = Desk {
            claim: self.claims.renew(place),
            outbox: self.outboxes.renew(place),
        };
        let initializer = state.rules.initializer.as_slice();
        let (child, first) = Child::start(&name, Some(desk), state.rules.manners, initializer)?;
        let data = EventData::new_u64(place as u64);
        epoll::add(&self.epoll, &child.socket, data, EventFlags::IN)
            .map_err(Error::os("watch a socket"))?;
        let data = EventData::new_u64(place as u64 + ENDED);
        epoll::add(&self.epoll, child.end(), data, EventFlags::IN)
            .map_err(Error::os("watch a process"))?;
        state.workers[place] = Some(Worker {
            place,
            child,
            phase: Phase::Starting,
            since: Instant::now(),
            first,
            sent: VecDeque::new(),
            awaited: 0,
            next: 1,
            left: state.rules.max_tasks_per_worker.unwrap_or(u64::MAX),
            full: false,
            packets: 0,
            started: false,
            disconnected: false,
        });
        Ok(())
    }

    /// Closed descriptors are watched on where a process that this one forked has them, too.
    fn unwatch(&self, worker: &Worker) {
        let _ = epoll::delete(&self.epoll, &worker.child.socket);
        let _ = epoll::delete(&self.epoll, worker.child.end());
    }

    /// Enters the answer to a unit into its job.
    fn deliver(&self, state: &mut State, unit: Unit, pid: u32, outcome: Result<(Message, usize)>) {
        let Unit {
            job,
            first,
            count,
            task,
            ..
        } = unit;
        let callbacks = job.enter(Answer {
            first,
            count,
            task,
            pid,
            outcome,
        });
        if !callbacks.is_empty() {
            state.callbacks.extend(callbacks);
            self.ring();
        }
    }

    /// Ends everything: kills the workers, and fails what they have not finished.
    fn finish(&self, state: &mut State, error: Error) {
        if matches!(state.condition, Condition::Over(_)) {
            return;
        }
        state.condition = Condition::Over(error.clone());
        for worker in state.workers.iter().flatten() {
            // Those that cannot be killed have ended.
            let _ = worker.child.signal(Signal::KILL);
        }
        let mut units = std::mem::take(&mut state.queue);
        for worker in state.workers.iter_mut().filter_map(Option::take) {
            self.unwatch(&worker);
            units.extend(worker.sent);
        }
        for unit in units {
            self.deliver(state, unit, 0, Err(error.clone()));
        }
        self.ring();
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
