//! A worker of a pool, and how much it is given to do.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::Rules;
use crate::child::Child;
use crate::claims::Claims;
use crate::job::Unit;
use crate::limits::PACKET_LIMIT;
use crate::protocol::Request;
use crate::wire::Message;

/// The most units that a worker has, the one that it runs among them. It has several, so that it
/// need not be woken for each.
const WINDOW: usize = 32;

/// How many units a worker is sent at once, if there are enough.
pub(crate) const BATCH: usize = WINDOW / 2;

/// After this time with one unit a worker wakes the pool when it has answered it, and has to share the
/// others with workers that have none.
pub(super) const SLOW: Duration = Duration::from_millis(1);

/// How often a unit's time to arrive is doubled: to a minute.
const MOST_DOUBLINGS: u32 = 16;

/// How long a worker may take to exit when it is asked to.
pub(crate) const EXIT_TIME: Duration = Duration::from_secs(1);

pub(super) struct Worker {
    /// Its place among the workers.
    pub place: usize,
    pub child: Child,
    pub phase: Phase,
    /// When it began with what it does.
    pub since: Instant,
    /// What it is to be sent before any unit.
    pub first: VecDeque<Message>,
    /// Units that it has not answered, in the order in which they were sent and are run.
    pub sent: VecDeque<Unit>,
    /// The number of the one after which it wakes the pool.
    pub awaited: u32,
    /// The number of the next.
    pub next: u32,
    /// How many more it may be sent in its life.
    pub left: u64,
    /// Its socket takes no more for now.
    pub full: bool,
    /// How many packets with units were put into its socket.
    pub packets: u64,
    /// It has called `init`.
    pub started: bool,
    /// Its socket has come to an end: the process will.
    pub disconnected: bool,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Phase {
    /// It makes its preparations.
    Starting,
    Ready,
    /// It was asked to exit.
    Leaving,
}

impl Worker {
    /// The latest that it may take for what it does.
    pub(super) fn deadline(&self, rules: &Rules) -> Option<Instant> {
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
    pub(super) fn has_room(&self) -> bool {
        let most = match self.sent.back().is_some_and(Unit::is_in_file) {
            true => 1,
            false => WINDOW - BATCH,
        };
        let takes = self.phase == Phase::Ready && !self.full && !self.disconnected;
        takes && self.sent.len() <= most && self.left > 0
    }

    pub(super) fn is_idle(&self) -> bool {
        self.has_room() && self.sent.is_empty()
    }

    /// When others may have what it has not begun. A unit that is the first may have been on its way
    /// for this time because the machine is busy. It has twice as long on each way that it goes, so
    /// that it arrives.
    pub(super) fn time_to_share(&self, claims: &Claims) -> Option<Instant> {
        let waits = |unit: &Unit| !claims.has(self.place, unit.id);
        self.sent.back().filter(|unit| waits(unit))?;
        let first = self.sent.front().filter(|unit| waits(unit));
        let moves = first.map_or(0, |unit| unit.moves.min(MOST_DOUBLINGS));
        Some(self.since + SLOW * 2_u32.pow(moves))
    }

    /// When it wakes the pool after its next answer already. `None`: it does.
    pub(super) fn time_to_notify_each(&self) -> Option<Instant> {
        let next = self.sent.front()?;
        (next.id != self.awaited).then(|| self.since + SLOW)
    }

    /// Takes units off a queue: as many as go into one packet, but no more than `share`, or than
    /// it may be sent; and numbers them.
    pub(super) fn take_units(&self, queue: &mut VecDeque<Unit>, share: usize) -> Vec<Unit> {
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
