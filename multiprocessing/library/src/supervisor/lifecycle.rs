//! How workers start and end, and what their end costs.

use std::collections::VecDeque;
use std::time::Instant;

use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};

use super::polling::ENDED;
use super::worker::{Phase, Worker};
use super::{Condition, Rules, State, Supervisor};
use crate::child::{Child, NO_INIT};
use crate::error::{Error, Result};
use crate::exit::ExitStatus;
use crate::job::Unit;
use crate::protocol::{Request, Shared};
use crate::socket::{Wait, send};
use crate::wire::Message;

/// The files that this process opens for each worker, and for the pool.
pub(super) const FILES_PER_WORKER: usize = 2;

/// With a few to spare: to start a worker takes some for a moment.
pub(super) const FILES_PER_POOL: usize = 32;

/// The pool gives up when so many workers in a row die before they are ready.
const START_LIMIT: u32 = 10;

impl Supervisor {
    /// Starts a worker.
    pub(super) fn start_worker(&self, state: &mut State, place: usize) -> Result<()> {
        state.started_workers += 1;
        let name = format!("Worker-{}", state.started_workers);
        let shared = Shared {
            claim: self.claims.renew(place),
            outbox: self.outboxes.renew(place),
        };
        let initializer = state.rules.initializer.as_slice();
        let (child, first) = Child::start(&name, Some(shared), state.rules.settings, initializer)?;
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

    /// Asks workers to exit that have taken all they may, or all there is when the pool closes.
    pub(super) fn send_exits(&self, state: &mut State) {
        let closing = matches!(state.condition, Condition::Closing) && state.queue.is_empty();
        for worker in state.workers.iter_mut().flatten() {
            let idle = worker.phase == Phase::Ready && worker.sent.is_empty();
            if idle && (closing || worker.left == 0) {
                worker.phase = Phase::Leaving;
                worker.since = Instant::now();
                // A worker that cannot be asked is killed when its time is over.
                let exit = Message::of_header(&Request::Exit);
                let _ = exit.and_then(|exit| send(&worker.child.socket, &exit, Wait::Never));
            }
        }
    }

    /// Gives a worker whose socket has come to an end the time to exit: what it does at its exit
    /// is not over yet, nor is it known how it ends.
    pub(super) fn disconnect(&self, state: &mut State, place: usize) {
        if let Some(worker) = &mut state.workers[place]
            && !worker.disconnected
        {
            let _ = epoll::delete(&self.epoll, &worker.child.socket);
            worker.disconnected = true;
            worker.since = Instant::now();
        }
    }

    /// Removes a worker that has ended, though a process that it left behind may hold its socket open.
    pub(super) fn notice_exit(&self, state: &mut State, place: usize) {
        let ended = |state: &State| {
            let worker = state.workers[place].as_ref()?;
            worker.child.wait(Wait::Never).transpose()
        };
        // The event may be that of its predecessor, which was removed.
        if ended(state).is_some() {
            self.read_socket(state, place);
        }
        if ended(state).is_some() {
            self.remove(state, place, None);
        }
    }

    /// Ends workers that take longer than they may.
    pub(super) fn expire(&self, state: &mut State) {
        for place in 0..state.workers.len() {
            let Some(since) = state.overdue(place) else {
                continue;
            };
            // It may have answered since it was last looked at. So that it is not stopped in what
            // comes next, it begins no more.
            if let Some(worker) = &state.workers[place] {
                self.claims.revoke(place, worker.next);
            }
            self.read_outbox(state, place);
            self.read_socket(state, place);
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
            self.remove(state, place, fault);
        }
    }

    /// Accounts for a worker that has died, or is to because of a fault, and finds a successor.
    pub(super) fn remove(&self, state: &mut State, place: usize, fault: Option<Error>) {
        let Some(worker) = &state.workers[place] else {
            return;
        };
        let pid = worker.child.pid();
        let exitcode = worker.child.reap();
        // What it has answered is not lost.
        let mut fault = fault.or(self.try_read_outbox(state, place).err());
        // What it had begun is: the one that it was at, and before that one those whose answers did
        // not get through.
        let mut lost = Vec::new();
        while let Some(worker) = &mut state.workers[place]
            && let Some(mut unit) = worker.sent.pop_front_if(|it| self.claims.has(place, it.id))
        {
            unit.deaths += 1;
            lost.push(unit);
            fault = fault.or(self.try_read_outbox(state, place).err());
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
            let error = match (&end, state.rules.settings.memory_limit) {
                (Ok(ExitStatus::Signal(libc::SIGABRT)), Some(limit)) => {
                    Error::OutOfMemory { task, pid, limit }
                }
                (end, _) => end.clone().map_or_else(|fault| fault, died),
            };
            self.deliver(state, unit, pid, Err(error));
        }
        // Its successor may need the descriptors.
        drop(worker.child);
        if worker.phase != Phase::Leaving {
            let end = match end {
                Ok(exitcode @ ExitStatus::Code(_)) if !worker.started => {
                    format!("{exitcode}: {NO_INIT}")
                }
                Err(Error::TimedOut) if !worker.started => {
                    let limit = state.rules.start_timeout;
                    format!("it took longer than {limit:?}, and {NO_INIT}")
                }
                Ok(exitcode) => exitcode.to_string(),
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
        if needed && let Err(error) = self.start_worker(state, place) {
            self.finish(state, error);
        }
    }

    /// Gives up when workers die too often.
    pub(super) fn count_death(&self, state: &mut State, phase: Phase, end: &str) {
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

    /// Ends everything: kills the workers, and fails what they have not finished.
    pub(super) fn finish(&self, state: &mut State, error: Error) {
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
        self.wake_all();
    }

    /// Closed descriptors are watched on where a process that this one forked has them, too.
    pub(super) fn unwatch(&self, worker: &Worker) {
        let _ = epoll::delete(&self.epoll, &worker.child.socket);
        let _ = epoll::delete(&self.epoll, worker.child.end());
    }
}

/// Raises the limit of open files, as far as this process may, if so many more do not fit it.
pub(super) fn allow_files(more: usize) -> Result<()> {
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
