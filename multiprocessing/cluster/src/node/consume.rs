//! What becomes of a message that comes in: a job, which waits for a worker, or an answer at once.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use lapin::Acker;
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicNackOptions};
use serde_json::json;

use super::job::{Job, Key, Run, Stage};
use super::limits::moment;
use super::{Node, Phase};
use crate::exception::Exception;
use crate::message::{Outcome, Status, Task, TaskError, now};
use crate::relay::Call;
use crate::tasks::knows;

impl Node {
    /// Takes a message in.
    pub(super) fn receive(&mut self, session: u64, delivery: Delivery) {
        if self.session.as_ref().is_none_or(|it| it.number != session) {
            return;
        }
        if self.phase != Phase::Working {
            return hand_back(delivery.acker);
        }
        let task = match Task::decode(&delivery.properties, &delivery.data) {
            Ok(task) => task,
            Err(error) => return self.refuse(error, delivery.acker),
        };
        if self.meets_again(session, &task, &delivery.acker) {
            return;
        }
        let key = self.next_key;
        self.next_key += 1;
        self.clock += 1;
        self.tell_received(&task);
        let job = Job {
            task,
            acker: delivery.acker,
            session,
            queue: delivery.routing_key.to_string(),
            redelivered: delivery.redelivered,
            stage: Stage::Waiting,
            forgotten: None,
        };
        self.jobs.insert(key, job);
        self.admit(key);
    }

    /// Answers what is no task, so that it comes never again.
    fn refuse(&mut self, error: TaskError, acker: Acker) {
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
        let work = self.session.as_ref().map(|session| session.work.clone());
        tokio::spawn(async move {
            if let Some((work, answer)) = work.zip(answer)
                && answer.send(&work).await.is_err()
            {
                return;
            }
            let _ = acker.ack(BasicAckOptions::default()).await;
        });
    }

    /// A message whose task this node has begun already, before the connection was lost.
    fn meets_again(&mut self, session: u64, task: &Task, acker: &Acker) -> bool {
        let id = &task.headers.id;
        let known = self
            .jobs
            .iter_mut()
            .find(|(_, job)| job.session < session && job.task.headers.id == *id);
        let Some((key, job)) = known else {
            return false;
        };
        job.session = session;
        job.acker = acker.clone();
        job.forgotten = None;
        let key = *key;
        if let Stage::Settling(messages) = &job.stage {
            let messages = messages.clone();
            self.settle(key, messages);
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

    /// Gives waiting jobs to free workers.
    pub(super) fn dispatch(&mut self) {
        while let Some(place) = self.slots.iter().position(|slot| slot.is_free()) {
            let Some(key) = self.waiting.pop_front() else {
                return;
            };
            if self.jobs.contains_key(&key) {
                self.begin(key, place);
            }
        }
    }

    fn begin(&mut self, key: Key, place: usize) {
        let job = &self.jobs[&key];
        let expires = job.task.expires().ok().flatten();
        if expires.is_some_and(|time| time <= Timestamp::now()) {
            return self.revoke(key, "expired");
        }
        let (hard, soft) = job.task.limits();
        let set = self.limits.get(&job.task.headers.task);
        let (own_hard, own_soft) = set.copied().unwrap_or((self.time_limit, None));
        let (limit, soft) = (hard.or(own_hard), soft.or(own_soft));
        let call = call(&job.task, soft);
        let (pid, number) = (self.slots[place].pid(), self.slots[place].number);
        if let Err(error) = self.slots[place].start(key, call, &self.sender) {
            self.renew(place);
            let text = format!("no worker can be started: {error}");
            return self.fail(key, Exception::new("builtins", "RuntimeError", [text]));
        }
        let since = Instant::now();
        let seconds = |limit: f64| Duration::try_from_secs_f64(limit).ok();
        let deadline = limit.and_then(seconds).and_then(|it| since.checked_add(it));
        if let Some(job) = self.jobs.get_mut(&key) {
            let name = job.task.headers.task.clone();
            *self.total.entry(name).or_default() += 1;
            job.stage = Stage::Running(Run {
                slot: number,
                pid,
                since,
                started: now(),
                deadline,
                limit,
                stop: None,
            });
        }
        self.tell(key, "task-started", json!({}));
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
            hand_back(job.acker);
        }
    }
}

fn hand_back(acker: Acker) {
    tokio::spawn(async move {
        let options = BasicNackOptions {
            requeue: true,
            ..BasicNackOptions::default()
        };
        let _ = acker.nack(options).await;
    });
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
