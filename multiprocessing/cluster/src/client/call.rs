//! A call of one task, and its conditions.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::Cluster;
use super::future::{Future, Promise, Read};
use super::line::Sending;
use crate::amqp::queue_name;
use crate::error::{Error, Result};
use crate::message::{Body, Embed, Raw, Task, iso, raw};

/// A call of one task, and its conditions. Made by [`Cluster::call`].
pub struct Call<'a, R> {
    cluster: &'a Cluster,
    task: String,
    queue: String,
    keywords: BTreeMap<String, Raw>,
    priority: u8,
    countdown: Option<Duration>,
    expires: Option<Duration>,
    limits: (Option<f64>, Option<f64>),
    read: Read<R>,
}

impl<R> fmt::Debug for Call<'_, R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Call")
            .field("task", &self.task)
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}

impl<'a, R> Call<'a, R> {
    pub(super) fn new(cluster: &'a Cluster, task: &str, read: Read<R>) -> Call<'a, R> {
        let limit = cluster.settings.timeout.map(|limit| limit.as_secs_f64());
        Call {
            cluster,
            task: task.to_owned(),
            queue: cluster.settings.queue.clone(),
            keywords: BTreeMap::new(),
            priority: 0,
            countdown: None,
            expires: None,
            limits: (limit, None),
            read,
        }
    }

    /// The queue that it goes to; the cluster's by default. Celery's workers listen at `celery`.
    pub fn queue(mut self, queue: &str) -> Self {
        queue.clone_into(&mut self.queue);
        self
    }

    /// An argument by name.
    ///
    /// # Errors
    ///
    /// If it is no JSON.
    pub fn keyword(mut self, name: &str, value: impl Serialize) -> Result<Self> {
        let value = raw(&value).map_err(Error::json("serialise an argument"))?;
        self.keywords.insert(name.to_owned(), value);
        Ok(self)
    }

    /// Its priority, where the queue has priorities: 0 to 9.
    pub fn priority(mut self, priority: u8) -> Self {
        self.priority = priority;
        self
    }

    /// It begins no sooner than after this time.
    pub fn countdown(mut self, wait: Duration) -> Self {
        self.countdown = Some(wait);
        self
    }

    /// It does not begin after this time.
    pub fn expires(mut self, after: Duration) -> Self {
        self.expires = Some(after);
        self
    }

    /// How long it may take: its worker is killed after `hard`; it is up to the task what it does after `soft`.
    pub fn time_limit(mut self, hard: Option<Duration>, soft: Option<Duration>) -> Self {
        let seconds = |limit: Option<Duration>| limit.map(|limit| limit.as_secs_f64());
        self.limits = (seconds(hard), seconds(soft));
        self
    }

    /// Sends it, with a tuple of arguments.
    ///
    /// # Errors
    ///
    /// If an argument is no JSON, or the name of the queue is none.
    pub fn send(self, arguments: impl Serialize) -> Result<Future<R>> {
        let failed = || Error::json("serialise the arguments");
        let args = match serde_json::to_value(&arguments).map_err(failed())? {
            Value::Null => Vec::new(),
            // Read again from the text: integers keep their digits.
            Value::Array(_) => {
                let text = serde_json::to_string(&arguments).map_err(failed())?;
                serde_json::from_str(&text).map_err(failed())?
            }
            _ => {
                let text = "arguments are a tuple: (value,) for one, () for none".to_owned();
                return Err(Error::Setting(text));
            }
        };
        self.send_args(args)
    }

    pub(super) fn send_args(self, args: Vec<Raw>) -> Result<Future<R>> {
        let id = Uuid::new_v4().to_string();
        let body = Body(args, self.keywords, Embed::default());
        let line = &self.cluster.line;
        let mut task = Task::new(id.clone(), &self.task, body, Some(line.reply_to()));
        task.priority = self.priority;
        let after = |wait: Duration| Timestamp::now().checked_add(wait).ok().map(iso);
        task.headers.eta = self.countdown.and_then(after);
        task.headers.expires = self.expires.and_then(after);
        task.headers.timelimit = Some(self.limits);
        task.headers.tries = self.cluster.settings.tries;
        let promise = std::sync::Arc::new(Promise::default());
        let answer = std::sync::Arc::clone(&promise);
        line.send(Sending {
            task,
            queue: queue_name(&self.queue)?.into(),
            answer: Box::new(move |outcome| _ = answer.answer(outcome)),
        });
        Ok(Future::new(
            line.clone(),
            promise,
            &self.task,
            id,
            self.read,
        ))
    }
}
