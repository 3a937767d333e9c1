//! Which worker gets which unit, and when it has to give one back.

use std::time::{Duration, Instant};

use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::io::Errno;

use super::worker::Worker;
use super::{State, Supervisor};
use crate::error::Error;
use crate::job::Unit;
use crate::socket::{Wait, send};
use crate::wire::Message;

/// For so long nothing is handed out after the system had too many descriptors on their way, unless
/// an answer comes: other processes may have sent them.
const SCARCITY: Duration = Duration::from_millis(5);

/// So many packets may lie in a worker's socket when it is sent a unit in a memory file. What was taken
/// back from a worker that does not run lies there, too.
const UNREAD_LIMIT: u64 = 2;

impl Supervisor {
    /// Sends units to workers that have room: to those first that have the fewest, and of these to
    /// those that have read what they were sent.
    pub(super) fn hand_out(&self, state: &mut State) {
        if state.scarce.is_some_and(|time| time > Instant::now()) {
            return;
        }
        state.scarce = None;
        self.send_preparations(state);
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
                // There is no event when it reads on.
                state.scarce = Some(Instant::now() + SCARCITY);
                return;
            }
            let units = worker.take_units(&mut state.queue, share);
            if worker.sent.is_empty() {
                // The thread that reads may be asleep, and does not know that this has begun.
                worker.awaited = units[0].id;
                self.outboxes.notify_after(worker.place, worker.awaited);
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
    pub(super) fn send_preparations(&self, state: &mut State) {
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
                    Err(error) => self.remove(state, place, Some(error)),
                }
            }
        }
    }

    /// Hands a worker no more units until its socket has room again.
    pub(super) fn set_full(&self, state: &mut State, place: usize, full: bool) {
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
    pub(super) fn balance(&self, state: &mut State) {
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
    pub(super) fn take_back(&self, state: &mut State, place: usize) {
        let Some(worker) = &mut state.workers[place] else {
            return;
        };
        self.claims.revoke(place, worker.next);
        let not_begun = |unit: &mut Unit| !self.claims.has(place, unit.id);
        while let Some(unit) = worker.sent.pop_back_if(not_begun) {
            worker.left += 1;
            state.queue.push_front(unit);
        }
        // The one after which it wakes the pool may be among them.
        self.read_outbox(state, place);
    }
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
