//! Time: tasks for later, tasks that take too long.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::Node;
use super::job::{Stage, Stop};

impl Node {
    /// Kills workers whose tasks have reached their hard limits.
    pub(super) fn stop_overdue(&mut self, now: Instant) {
        for job in self.jobs.values_mut() {
            if let Stage::Running(run) = &mut job.stage
                && run.stop.is_none()
                && run.deadline.is_some_and(|deadline| deadline <= now)
            {
                run.stop = Some(Stop::Overdue);
                let slot = self.slots.iter().find(|slot| slot.number == run.slot);
                slot.inspect(|slot| slot.kill());
            }
        }
    }

    /// Lets tasks begin whose time has come.
    pub(super) fn begin_scheduled(&mut self, now: Instant) {
        let mut due = Vec::new();
        for (key, job) in &mut self.jobs {
            if matches!(job.stage, Stage::Scheduled(time) if time <= now) {
                job.stage = Stage::Waiting;
                due.push(*key);
            }
        }
        if due.is_empty() {
            return;
        }
        self.waiting.extend(due);
        self.set_prefetch();
        self.dispatch();
    }

    /// How many messages the broker may hand out unanswered. One for later keeps no other waiting.
    pub(super) fn wanted(&self) -> u16 {
        let scheduled = |job: &&super::Job| matches!(job.stage, Stage::Scheduled(_));
        let scheduled = self.jobs.values().filter(scheduled).count();
        u16::try_from(self.at_once() + scheduled).unwrap_or(u16::MAX)
    }

    /// How many messages run or wait for a worker.
    pub(super) fn at_once(&self) -> usize {
        let staying = self.slots.iter().filter(|slot| !slot.leaving).count();
        let by_pace = staying.max(1) * self.pace.each();
        self.prefetch.map_or(by_pace, usize::from)
    }

    /// Takes the length of a task in, and asks for more or fewer messages if that is another than those before.
    pub(super) fn learn(&mut self, length: Duration) {
        if self.pace.learn(length) && self.prefetch.is_none() {
            self.set_prefetch();
        }
    }

    pub(super) fn set_prefetch(&self) {
        if let Some(session) = &self.session {
            session.set_prefetch(self.wanted());
        }
    }
}

/// The moment of a date, if it is still to come.
pub(crate) fn moment(date: Timestamp) -> Option<Instant> {
    let wait = Duration::try_from(date.duration_since(Timestamp::now())).ok()?;
    Instant::now().checked_add(wait)
}
