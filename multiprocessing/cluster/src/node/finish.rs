//! What comes of a job: a result, an exception, another try; published, confirmed, and only then acknowledged.

use jiff::Timestamp;
use serde_json::json;

use super::job::{Job, Key, Length, Stage, Stop};
use super::settling::Settled;
use super::slot::Slot;
use super::{Node, job};
use crate::amqp::{Outgoing, short};
use crate::dead;
use crate::exception::{Exception, LostWorker, Retry};
use crate::message::{Outcome, Raw, Status, iso, raw, repr};
use crate::relay::Reply;

/// How many workers a task may kill, unless its message says so.
const TRIES: u32 = 3;

impl Node {
    /// A worker has finished a job, or died with it.
    pub(super) fn finished(&mut self, key: Key, reply: Result<Reply, multiprocessing::Error>) {
        let stage = self.jobs.get(&key).map(|job| &job.stage);
        let was_long = matches!(stage, Some(Stage::Running(run)) if run.length == Length::Long);
        let place = self.slots.iter_mut().position(|slot| slot.remove(key));
        let mut was_killed = false;
        if let Some(place) = place {
            let slot = &mut self.slots[place];
            let died = matches!(reply, Err(multiprocessing::Error::Died { .. }));
            was_killed = died && slot.has_died();
            if slot.leaving && slot.len() == 0 {
                self.slots.remove(place).end();
            } else if matches!(
                reply,
                Err(multiprocessing::Error::Broken(_) | multiprocessing::Error::Closed)
            ) {
                self.renew(place);
            } else {
                self.run_next(place);
            }
        }
        let stage = self.jobs.get(&key).map(|job| &job.stage);
        let waits_again = match (stage, &reply) {
            // It was taken back, or its pool has given up before it began.
            (Some(Stage::Sent), Err(error)) => never_began(error),
            // Its worker was killed for the one before it.
            (Some(Stage::Running(run)), Err(_)) => was_killed && run.stop.is_none(),
            _ => false,
        };
        let ran = match stage {
            Some(Stage::Running(run)) if !waits_again => Some(run.since.elapsed()),
            _ => None,
        };
        if let Some(length) = ran {
            self.learn(length);
        }
        if was_long {
            self.set_prefetch();
        }
        if waits_again {
            self.wait_again(key);
            return self.dispatch();
        }
        self.processed += 1;
        match reply {
            Ok(Ok(value)) => self.succeed(key, value),
            Ok(Err(exception)) => match serde_json::from_str(&exception) {
                Ok(exception) => self.raised(key, exception),
                Err(error) => self.fail(key, Exception::type_error(error.to_string())),
            },
            Err(multiprocessing::Error::Panicked {
                pid,
                message,
                location,
                ..
            }) => self.fail(key, Exception::panic(&message, pid, location)),
            Err(multiprocessing::Error::Died { pid, exitcode, .. }) => {
                self.died(key, LostWorker::new(pid, exitcode.into()));
            }
            Err(error) => {
                let exception = Exception::new("builtins", "RuntimeError", [error.to_string()]);
                self.fail(key, exception);
            }
        }
        self.dispatch();
    }

    /// Puts a new pool in the place of one that has given up.
    pub(super) fn renew(&mut self, place: usize) {
        match Slot::new(self.slots[place].number) {
            Ok(slot) => self.slots[place] = slot,
            Err(error) => self.say(&format!("cannot start a worker: {error}")),
        }
    }

    fn succeed(&mut self, key: Key, value: String) {
        let Some(job) = self.jobs.get(&key) else {
            return;
        };
        let runtime = match &job.stage {
            Stage::Running(run) => run.since.elapsed().as_secs_f64(),
            _ => 0.0,
        };
        let value: Raw = match serde_json::from_str(&value) {
            Ok(value) => value,
            Err(error) => return self.fail(key, Exception::type_error(error.to_string())),
        };
        let task = &job.task;
        let next = match self.after(&job.queue, task, &value) {
            Ok(next) => next,
            Err(exception) => return self.fail(key, exception),
        };
        let mut messages = next.messages;
        if let Some(reply_to) = task.answers() {
            let outcome = Outcome {
                children: next.children,
                ..Outcome::of(Status::Success, &task.headers.id, Some(value.clone()))
            };
            messages.extend(outcome.beside(task).message(reply_to));
        }
        if let Some(exception) = self.too_large(&messages) {
            return self.fail(key, exception);
        }
        if self.tells {
            let shown = serde_json::from_str(value.get()).map(|value| repr(&value));
            let result = shown.unwrap_or_else(|_| value.get().to_owned());
            self.tell(
                key,
                "task-succeeded",
                json!({"result": result, "runtime": runtime}),
            );
        }
        self.settle(key, messages);
    }

    fn raised(&mut self, key: Key, mut exception: Exception) {
        match exception.retry.take() {
            Some(retry) => self.retry(key, retry, exception),
            None => self.fail(key, exception),
        }
    }

    /// Has a job run again later, or fails it if it was too often.
    fn retry(&mut self, key: Key, retry: Retry, exception: Exception) {
        let Some(job) = self.jobs.get(&key) else {
            return;
        };
        let retries = job.task.headers.retries.unwrap_or(0);
        let wait = std::time::Duration::try_from_secs_f64(retry.countdown).unwrap_or_default();
        let time = Timestamp::now().checked_add(wait);
        let (false, Ok(time)) = (retries >= retry.most, time) else {
            return self.fail(key, exception);
        };
        let mut task = job.task.clone();
        task.headers.retries = Some(retries + 1);
        task.headers.eta = Some(iso(time));
        let mut messages = Vec::new();
        messages.extend(again(job, &task));
        if let Some(reply_to) = task.answers() {
            let outcome = Outcome::failure(Status::Retry, &task.headers.id, &exception);
            let outcome = outcome.beside(&task).message(reply_to);
            messages.extend(outcome.filter(|it| self.fits(it)));
        }
        let fields = json!({"exception": exception.repr(), "traceback": null});
        self.tell(key, "task-retried", fields);
        self.settle(key, messages);
    }

    /// Ends a job with an exception.
    pub(super) fn fail(&mut self, key: Key, exception: Exception) {
        let Some(job) = self.jobs.get(&key) else {
            return;
        };
        let (exception, messages) = self.failed(job, exception);
        let fields = json!({"exception": exception.repr(), "traceback": exception.to_string()});
        self.tell(key, "task-failed", fields);
        self.settle(key, messages);
    }

    /// Ends a job that is not to run, or to run on.
    pub(super) fn revoke(&mut self, key: Key, why: &str) {
        let Some(job) = self.jobs.get(&key) else {
            return;
        };
        let messages = self.failure(job, Status::Revoked, &Exception::revoked(why));
        let terminated = why == "terminated";
        let signum = terminated.then_some("SIGKILL");
        let fields =
            json!({"terminated": terminated, "signum": signum, "expired": why == "expired"});
        self.tell(key, "task-revoked", fields);
        self.settle(key, messages);
    }

    /// The exception that a job ends with, and what comes of it. One that the broker has no room for is replaced by one that says so.
    fn failed(&self, job: &Job, exception: Exception) -> (Exception, Vec<Outgoing>) {
        let messages = self.failure(job, Status::Failure, &exception);
        let Some(exception) = self.too_large(&messages) else {
            return (exception, messages);
        };
        let mut messages = self.failure(job, Status::Failure, &exception);
        messages.retain(|message| self.fits(message));
        (exception, messages)
    }

    fn failure(&self, job: &Job, status: Status, exception: &Exception) -> Vec<Outgoing> {
        let task = &job.task;
        let mut messages = self.after_failure(&job.queue, task);
        if let Some(reply_to) = task.answers() {
            let outcome = Outcome::failure(status, &task.headers.id, exception);
            messages.extend(outcome.beside(task).message(reply_to));
        }
        messages
    }

    /// A worker died: because this node killed it, or with the task that it ran.
    fn died(&mut self, key: Key, worker: LostWorker) {
        let Some(job) = self.jobs.get(&key) else {
            return;
        };
        let (stop, limit) = match &job.stage {
            Stage::Running(run) => (run.stop, run.limit.unwrap_or(0.0)),
            _ => (None, 0.0),
        };
        match stop {
            Some(Stop::Revoked) => return self.revoke(key, "terminated"),
            Some(Stop::Overdue) => {
                let exception = Exception::time_limit(limit, worker);
                return self.fail(key, exception);
            }
            None => {}
        }
        let mut task = job.task.clone();
        task.headers.deaths += 1;
        let (deaths, tries) = (task.headers.deaths, task.headers.tries.unwrap_or(TRIES));
        if deaths < tries {
            self.say(&format!(
                "lost worker {} with task {} ({deaths} of {tries})",
                worker.pid, task.headers.id
            ));
            let messages = again(job, &task).into_iter().collect();
            return self.settle(key, messages);
        }
        let (exception, failure) = self.failed(job, Exception::worker_lost(worker, deaths));
        let mut messages = Vec::new();
        // A chunk's items come again one by one: its client sees to that.
        if task.headers.each != Some(true) {
            messages.extend(dead::message(&job.queue, &task, &exception));
        }
        messages.extend(failure);
        let fields = json!({"exception": exception.repr(), "traceback": exception.to_string()});
        self.tell(key, "task-failed", fields);
        self.settle(key, messages);
    }

    /// Publishes what comes of a job, and acknowledges it when the broker has that.
    pub(super) fn settle(&mut self, key: Key, messages: Vec<Outgoing>) {
        let Some(job) = self.jobs.get_mut(&key) else {
            return;
        };
        job.stage = Stage::Settling(messages.clone());
        // The message will come again through the new connection, to be answered then.
        let Some(session) = self.session.as_ref().filter(|it| it.number == job.session) else {
            return job.forget_after(job::MEMORY);
        };
        self.settling.begin(key, job.tag, messages, session);
    }

    /// The exception of a job of which one of these messages has more bytes than the broker takes. To publish it would close the
    /// channel, so that the broker would give the task out again, for ever.
    pub(super) fn too_large(&self, messages: &[Outgoing]) -> Option<Exception> {
        let message = messages.iter().find(|it| !self.fits(it))?;
        Some(Exception::too_large(message.body.len(), self.most_bytes?))
    }

    fn fits(&self, message: &Outgoing) -> bool {
        self.most_bytes
            .is_none_or(|most| message.body.len() <= most)
    }

    /// Takes in what the broker has confirmed.
    pub(super) fn take_confirmations(&mut self) {
        for Settled {
            key,
            session,
            settled,
        } in self.settling.take_settled()
        {
            match self.jobs.get_mut(&key) {
                // Its message has come again meanwhile, and is settled anew.
                Some(job) if job.session != session => {}
                Some(_) if settled => _ = self.jobs.remove(&key),
                Some(job) => job.forget_after(job::MEMORY),
                None => {}
            }
        }
    }
}

/// Whether a task that ended so was not begun.
fn never_began(error: &multiprocessing::Error) -> bool {
    use multiprocessing::Error::{Broken, Cancelled, Closed};
    matches!(error, Broken(_) | Cancelled | Closed)
}

/// The message that has a job run again.
fn again(job: &Job, task: &crate::message::Task) -> Option<Outgoing> {
    let (properties, body) = task.encode().ok()?;
    Some(Outgoing {
        queue: short(&job.queue).ok()?,
        properties,
        body,
    })
}

impl Outcome {
    /// A result message.
    pub(crate) fn of(status: Status, id: &str, result: Option<Raw>) -> Outcome {
        Outcome {
            status,
            result,
            traceback: None,
            children: json!([]),
            date_done: status.is_final().then(|| iso(Timestamp::now())),
            task_id: id.to_owned(),
            group_id: None,
            parent_id: None,
        }
    }

    /// The message of an exception.
    pub(crate) fn failure(status: Status, id: &str, exception: &Exception) -> Outcome {
        Outcome {
            traceback: Some(exception.to_string()),
            ..Outcome::of(status, id, raw(exception).ok())
        }
    }

    /// The same, with the group and the parent of a task.
    pub(crate) fn beside(self, task: &crate::message::Task) -> Outcome {
        Outcome {
            group_id: task.headers.group.clone(),
            parent_id: task.headers.parent_id.clone(),
            ..self
        }
    }

    /// The message to the caller's queue.
    pub(super) fn message(&self, reply_to: &str) -> Option<Outgoing> {
        use crate::message::{JSON, PERSISTENT};
        use lapin::BasicProperties;

        let id = short(&self.task_id).ok()?;
        Some(Outgoing {
            queue: short(reply_to).ok()?,
            properties: BasicProperties::default()
                .with_content_type(JSON.into())
                .with_content_encoding("utf-8".into())
                .with_correlation_id(id)
                .with_delivery_mode(PERSISTENT)
                .with_priority(0),
            body: serde_json::to_vec(self).ok()?,
        })
    }
}
