//! What workers answer, through their outboxes and their sockets.

use std::time::Instant;

use super::worker::{Phase, SLOW};
use super::{State, Supervisor};
use crate::error::{Error, Result};
use crate::job::{Answer, Unit};
use crate::protocol::Reply;
use crate::socket::{Received, Wait, receive};
use crate::wire::Message;

impl Supervisor {
    /// Handles all replies in the outboxes.
    pub(super) fn read_outboxes(&self, state: &mut State) {
        for place in 0..state.workers.len() {
            self.read_outbox(state, place);
        }
    }

    /// Handles all replies in a worker's outbox, and has it wake the pool in time. A worker whose outbox cannot be
    /// read is removed.
    pub(super) fn read_outbox(&self, state: &mut State, place: usize) {
        if let Err(error) = self.try_read_outbox(state, place) {
            self.remove(state, place, Some(error));
        }
    }

    /// As [`read_outbox`](Supervisor::read_outbox), which removes no worker.
    pub(super) fn try_read_outbox(&self, state: &mut State, place: usize) -> Result<()> {
        let mut last_look = false;
        while let Some(worker) = &mut state.workers[place]
            && let Some(next) = worker.sent.front()
        {
            if let Some(bytes) = self.outboxes.take(place, next.id)? {
                let descriptors = Vec::new();
                self.handle_reply(state, place, Message { bytes, descriptors })?;
                last_look = false;
            } else if last_look {
                break;
            } else {
                let half = match worker.since.elapsed() < SLOW {
                    true => (worker.sent.len() - 1) / 2,
                    false => 0,
                };
                worker.awaited = worker.sent[half].id;
                self.outboxes.notify_after(place, worker.awaited);
                // It may have come before it was expected.
                last_look = true;
            }
        }
        Ok(())
    }

    /// Handles all replies in a worker's socket.
    pub(super) fn read_socket(&self, state: &mut State, place: usize) {
        while let Some(worker) = &state.workers[place]
            && !worker.disconnected
        {
            let taken = match receive(&worker.child.socket, Wait::Never) {
                Ok(Received::Nothing) => return,
                Ok(Received::End) => return self.disconnect(state, place),
                // First what it had put into its outbox before it sent this.
                Ok(Received::Message(reply)) => self
                    .try_read_outbox(state, place)
                    .and_then(|()| self.handle_reply(state, place, reply)),
                Err(error) => Err(error),
            };
            if let Err(error) = taken {
                return self.remove(state, place, Some(error));
            }
            // From a worker that owes no answer only its end can come, which is an event of its own.
            if state.workers[place]
                .as_ref()
                .is_some_and(|it| it.sent.is_empty())
            {
                return;
            }
        }
    }

    /// Does what one reply of a worker calls for.
    pub(super) fn handle_reply(
        &self,
        state: &mut State,
        place: usize,
        reply: Message,
    ) -> Result<()> {
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

    /// Enters the answer to a unit into its job.
    pub(super) fn deliver(
        &self,
        state: &mut State,
        unit: Unit,
        pid: u32,
        outcome: Result<(Message, usize)>,
    ) {
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
            // The pool's own thread runs them next, and sleeps not.
            if !self.is_pool_thread() {
                self.wake_all();
            }
        }
    }
}
