//! Time: tasks for later, tasks that take too long.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::Node;
use super::job::{Length, Stage, Stop};
use super::pace::LONG;
use super::slot::{PATIENCE, Slot};

impl Node {
    /// Kills workers whose tasks have reached their hard limits.
    pub(super) fn stop_overdue(&mut self, now: Instant) {
        for job in self.jobs.values_mut() {
            if let Stage::Running(run) = &mut job.stage
                && run.stop.is_none()
                && run.deadline.is_some_and(|deadline| deadline <= now)
            {
                run.stop = Some(Stop::Overdue);
                let slot = self.slots.iter_mut().find(|it| it.number == run.slot);
                slot.into_iter().for_each(Slot::kill);
            }
        }
    }

    /// Takes from workers what they have not begun, where they are at a task for long.
    pub(super) fn take_back_behind_slow_ones(&mut self, now: Instant) {
        for place in 0..self.slots.len() {
            let time = self.time_to_take_back(&self.slots[place]);
            if time.is_some_and(|time| time <= now) {
                let slot = &mut self.slots[place];
                slot.take_all_back();
                let job = slot.runs().and_then(|key| self.jobs.get_mut(&key));
                if let Some(Stage::Running(run)) = job.map(|job| &mut job.stage) {
                    run.length = Length::Slow;
                }
            }
        }
    }

    /// When others may have what a worker has not begun.
    fn time_to_take_back(&self, slot: &Slot) -> Option<Instant> {
        match &self.jobs.get(&slot.runs()?)?.stage {
            Stage::Running(run) if slot.len() > 1 && run.length == Length::Short => {
                Some(run.since + PATIENCE)
            }
            _ => None,
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
        let each = |slot: &Slot| match self.length(slot) {
            Some(Length::Long) => 1,
            _ => self.pace.each(),
        };
        let staying = self.slots.iter().filter(|slot| !slot.leaving);
        let by_pace = staying.map(each).sum::<usize>().max(1);
        self.prefetch.map_or(by_pace, usize::from)
    }

    /// How long the task that a worker runs is known to take.
    pub(super) fn length(&self, slot: &Slot) -> Option<Length> {
        match &self.jobs.get(&slot.runs()?)?.stage {
            Stage::Running(run) => Some(run.length),
            _ => None,
        }
    }

    /// Takes the length of a task in, and asks for more or fewer messages if that is another than those before.
    pub(super) fn learn(&mut self, length: Duration) {
        if self.pace.learn(length) && self.prefetch.is_none() {
            self.set_prefetch();
        }
    }

    /// Hands messages back that wait for the workers of long tasks, so that a node whose workers are free may have them. Where there is
    /// none they come back one by one.
    pub(super) fn hand_back_behind_long_ones(&mut self, now: Instant) {
        let mut is_long = false;
        for job in self.jobs.values_mut() {
            if let Stage::Running(run) = &mut job.stage
                && run.length < Length::Long
                && now >= run.since + LONG
            {
                run.length = Length::Long;
                is_long = true;
            }
        }
        if !is_long || self.prefetch.is_some() {
            return;
        }
        // The broker knows that there are to be fewer before they come back to it.
        self.set_prefetch();
        let at_workers = self.jobs.values().filter(|job| job.has_worker()).count();
        let most = self.at_once().saturating_sub(at_workers);
        while self.waiting.len() > most
            && let Some(key) = self.waiting.pop_back()
        {
            self.hand_back(key);
        }
    }

    /// When the first of the tasks that run has taken so long that something is to be done with others.
    pub(super) fn time_to_make_way(&self) -> Option<Instant> {
        let back = self
            .slots
            .iter()
            .filter_map(|it| self.time_to_take_back(it));
        let short = self.jobs.values().filter_map(|job| match &job.stage {
            Stage::Running(run) if run.length < Length::Long => Some(run.since + LONG),
            _ => None,
        });
        let hand_back = short.min().filter(|_| !self.waiting.is_empty());
        back.chain(hand_back).min()
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
