//! What becomes of a message that comes in: a job, which waits for a worker, or an answer at once.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicNackOptions};
use serde_json::json;

use super::job::{Job, Key, Length, Run, Stage};
use super::limits::moment;
use super::slot::PATIENCE;
use super::{Node, Phase};
use crate::exception::Exception;
use crate::message::{Outcome, Status, Task, TaskError, now};
use crate::relay::Call;
use crate::tasks::knows;

impl Node {
    /// Takes a message in.
    pub(super) fn receive(&mut self, session: u64, queue: &str, delivery: Delivery) {
        if self.session.as_ref().is_none_or(|it| it.number != session) {
            return;
        }
        if self.phase != Phase::Working {
            return self.give_back(session, delivery.delivery_tag);
        }
        let task = match Task::decode(&delivery.properties, &delivery.data) {
            Ok(task) => task,
            Err(error) => return self.refuse(error, delivery.delivery_tag),
        };
        if self.meets_again(session, &task, delivery.delivery_tag) {
            return;
        }
        let key = self.next_key;
        self.next_key += 1;
        self.clock += 1;
        self.tell_received(&task);
        let job = Job {
            task,
            session,
            tag: delivery.delivery_tag,
            queue: queue.to_owned(),
            redelivered: delivery.redelivered,
            stage: Stage::Waiting,
            forgotten: None,
        };
        self.jobs.insert(key, job);
        self.admit(key);
    }

    /// Answers what is no task, so that it comes never again.
    fn refuse(&mut self, error: TaskError, tag: u64) {
        let TaskError {
            reason,
            id,
            reply_to,
        } = error;
        self.say(&format!("cannot read a message: {reason}"));
        let exception = Exception::new("kombu.exceptions", "DecodeError", [reason]);
        let answer = id.zip(reply_to).and_then(|(id, reply_to)| {
            let outcome = Outcome::failure(Status::Failure, &id, &exception);
            outcome.message(&reply_to)
        });
        let Some(work) = self.session.as_ref().map(|session| session.work.clone()) else {
            return;
        };
        tokio::spawn(async move {
            if let Some(answer) = answer
                && answer.send(&work).await.is_err()
            {
                return;
            }
            let _ = work.basic_ack(tag, BasicAckOptions::default()).await;
        });
    }

    /// A message whose task this node has begun already, before the connection was lost.
    fn meets_again(&mut self, session: u64, task: &Task, tag: u64) -> bool {
        let id = &task.headers.id;
        let known = self
            .jobs
            .iter_mut()
            .find(|(_, job)| job.session < session && job.task.headers.id == *id);
        let Some((key, job)) = known else {
            return false;
        };
        job.session = session;
        job.tag = tag;
        job.forgotten = None;
        let key = *key;
        if let Stage::Settling(messages) = &job.stage {
            let messages = messages.clone();
            // The broker may have refused them, and have said only then how many bytes it takes.
            match self.too_large(&messages) {
                Some(exception) => self.fail(key, exception),
                None => self.settle(key, messages),
            }
        }
        true
    }

    /// Lets a job wait for its time or for a worker, or answers it at once.
    fn admit(&mut self, key: Key) {
        let job = &self.jobs[&key];
        let task = &job.task;
        let (name, id) = (&task.headers.task, &task.headers.id);
        if self.revoked.contains(id) {
            return self.revoke(key, "revoked");
        }
        if !knows(name) {
            let exception = Exception::not_registered(name);
            return self.fail(key, exception);
        }
        if task.body.2.chord.as_ref().is_some_and(|it| !it.is_null()) {
            return self.fail(key, no_chords());
        }
        let (eta, expires) = match (task.eta(), task.expires()) {
            (Ok(eta), Ok(expires)) => (eta, expires),
            (Err(reason), _) | (_, Err(reason)) => {
                return self.fail(key, Exception::value_error(reason));
            }
        };
        if expires.is_some_and(|time| time <= Timestamp::now()) {
            return self.revoke(key, "expired");
        }
        if let Some(time) = eta.and_then(moment) {
            if let Some(job) = self.jobs.get_mut(&key) {
                job.stage = Stage::Scheduled(time);
            }
            return self.set_prefetch();
        }
        self.waiting.push_back(key);
        self.dispatch();
    }

    /// Gives waiting jobs to free workers, then to those that will be soon.
    pub(super) fn dispatch(&mut self) {
        while let Some(key) = self.waiting.front().copied() {
            if let Some(job) = self.jobs.get(&key) {
                // The time of a task that has a limit begins when a worker is given it.
                let most = match self.limits_of(&job.task) {
                    (None, None) => self.pace.at_worker(),
                    _ => 1,
                };
                let Some(place) = self.place(most) else {
                    return;
                };
                self.waiting.pop_front();
                self.begin(key, place);
            } else {
                self.waiting.pop_front();
            }
        }
    }

    /// The worker that has the fewest tasks, if it has fewer than `most`, and is at none that takes long.
    fn place(&self, most: usize) -> Option<usize> {
        let is_slow = |key| match self.jobs.get(&key).map(|job| &job.stage) {
            Some(Stage::Running(run)) => run.since.elapsed() >= PATIENCE,
            _ => false,
        };
        let places = self.slots.iter().enumerate();
        let takes = places.filter(|(_, it)| !it.leaving && it.len() < most);
        let quick = takes.filter(|(_, it)| !it.runs().is_some_and(is_slow));
        quick.min_by_key(|(_, it)| it.len()).map(|(place, _)| place)
    }

    /// The hard and the soft time limit of a task, in seconds.
    fn limits_of(&self, task: &Task) -> (Option<f64>, Option<f64>) {
        let (hard, soft) = task.limits();
        let set = self.limits.get(&task.headers.task);
        let (own_hard, own_soft) = set.copied().unwrap_or((self.time_limit, None));
        (hard.or(own_hard), soft.or(own_soft))
    }

    fn begin(&mut self, key: Key, place: usize) {
        let job = &self.jobs[&key];
        let expires = job.task.expires().ok().flatten();
        if expires.is_some_and(|time| time <= Timestamp::now()) {
            return self.revoke(key, "expired");
        }
        let (_, soft) = self.limits_of(&job.task);
        let call = call(&job.task, soft);
        if let Err(error) = self.slots[place].start(key, call, &self.sender) {
            self.renew(place);
            let text = format!("no worker can be started: {error}");
            return self.fail(key, Exception::new("builtins", "RuntimeError", [text]));
        }
        if let Some(job) = self.jobs.get_mut(&key) {
            job.stage = Stage::Sent;
        }
        self.run_next(place);
    }

    /// The first of a worker's tasks runs.
    pub(super) fn run_next(&mut self, place: usize) {
        let next = self.slots[place].runs();
        let is_next =
            |key: &Key| matches!(self.jobs.get(key), Some(job) if matches!(job.stage, Stage::Sent));
        if let Some(key) = next.filter(is_next) {
            self.run_now(key, place);
        }
    }

    /// A worker runs a job.
    pub(super) fn run_now(&mut self, key: Key, place: usize) {
        let (limit, _) = self.limits_of(&self.jobs[&key].task);
        let (pid, number) = (self.slots[place].pid(), self.slots[place].number);
        let since = Instant::now();
        let seconds = |limit: f64| Duration::try_from_secs_f64(limit).ok();
        let deadline = limit.and_then(seconds).and_then(|it| since.checked_add(it));
        if let Some(job) = self.jobs.get_mut(&key) {
            match self.total.get_mut(&job.task.headers.task) {
                Some(total) => *total += 1,
                None => _ = self.total.insert(job.task.headers.task.clone(), 1),
            }
            job.stage = Stage::Running(Run {
                slot: number,
                pid,
                since,
                started: now(),
                deadline,
                limit,
                stop: None,
                length: Length::Short,
            });
        }
        self.tell(key, "task-started", json!({}));
    }

    /// Lets a job wait again that a worker was given and has not begun.
    pub(super) fn wait_again(&mut self, key: Key) {
        let Some(job) = self.jobs.get_mut(&key) else {
            return;
        };
        let number = self.session.as_ref().map(|session| session.number);
        if number != Some(job.session) {
            // The broker gives its message out again.
            self.jobs.remove(&key);
        } else if self.phase != Phase::Working {
            self.hand_back(key);
        } else if self.revoked.contains(&job.task.headers.id) {
            self.revoke(key, "revoked");
        } else {
            job.stage = Stage::Waiting;
            // Where it was: keys are in the order in which messages came.
            let place = self.waiting.partition_point(|it| *it < key);
            self.waiting.insert(place, key);
        }
    }

    /// Jobs that no worker has.
    pub(super) fn unbegun(&self) -> Vec<Key> {
        let unbegun = |job: &Job| matches!(job.stage, Stage::Waiting | Stage::Scheduled(_));
        let jobs = self.jobs.iter().filter(|(_, job)| unbegun(job));
        jobs.map(|(key, _)| *key).collect()
    }

    /// Gives a job back to the broker, for another node.
    pub(super) fn hand_back(&mut self, key: Key) {
        if let Some(job) = self.jobs.remove(&key) {
            self.give_back(job.session, job.tag);
        }
    }

    /// Gives a message back to the broker. One that came through a connection that is lost the broker has already.
    fn give_back(&self, session: u64, tag: u64) {
        let Some(session) = self.session.as_ref().filter(|it| it.number == session) else {
            return;
        };
        let work = session.work.clone();
        tokio::spawn(async move {
            let options = BasicNackOptions {
                requeue: true,
                ..BasicNackOptions::default()
            };
            let _ = work.basic_nack(tag, options).await;
        });
    }
}

fn call(task: &Task, soft: Option<f64>) -> Call {
    let headers = &task.headers;
    let arguments = (&task.body.0, &task.body.1);
    Call {
        task: headers.task.clone(),
        id: headers.id.clone(),
        retries: headers.retries.unwrap_or(0),
        // It was JSON before.
        arguments: serde_json::to_string(&arguments).unwrap_or_default(),
        each: headers.each == Some(true),
        soft: soft.map(|limit| now() + limit),
    }
}

pub(super) fn no_chords() -> Exception {
    let text = "a chord counts its header's results in the result backend, and rpc:// keeps none: collect a group's results instead, or \
                give the Celery side a Redis or database backend";
    Exception::new("builtins", "NotImplementedError", [text])
}
