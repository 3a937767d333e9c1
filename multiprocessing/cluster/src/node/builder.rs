//! A node to be described.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::num::NonZero;
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::unbounded_channel;

use super::pace::Pace;
use super::revoked::Revoked;
use super::settling::Settling;
use super::slot::Slot;
use super::{Node, Phase};
use crate::amqp::{Address, QUEUE, queue_name};
use crate::error::{Error, Result};
use crate::message::hostname;

/// Describes a node. Made by [`Node::builder`].
pub struct NodeBuilder {
    broker: String,
    name: Option<String>,
    queues: Vec<String>,
    workers: usize,
    prefetch: Option<u16>,
    time_limit: Option<Duration>,
    quiet: bool,
}

impl fmt::Debug for NodeBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("NodeBuilder")
            .field("name", &self.name)
            .field("queues", &self.queues)
            .field("workers", &self.workers)
            .finish_non_exhaustive()
    }
}

impl NodeBuilder {
    pub(super) fn new(broker: &str) -> NodeBuilder {
        NodeBuilder {
            broker: broker.to_owned(),
            name: None,
            queues: Vec::new(),
            workers: thread::available_parallelism().map_or(1, NonZero::get),
            prefetch: None,
            time_limit: None,
            quiet: false,
        }
    }

    /// Its name, `name@host`: what `celery inspect --destination` calls it. It is `cluster-PID@HOST` by default.
    pub fn name(mut self, name: &str) -> NodeBuilder {
        self.name = Some(name.to_owned());
        self
    }

    /// A queue to take tasks from, `cluster` by default. There may be several.
    pub fn queue(mut self, queue: &str) -> NodeBuilder {
        self.queues.push(queue.to_owned());
        self
    }

    /// How many worker processes it has, at least 1; by default one for each processor.
    pub fn workers(mut self, workers: usize) -> NodeBuilder {
        self.workers = workers;
        self
    }

    /// How many messages may wait here or run, at least 1. By default it is up to the length of the tasks: 32 for each worker, of long ones
    /// only that which runs, and four until it is known.
    pub fn prefetch(mut self, messages: u16) -> NodeBuilder {
        self.prefetch = Some(messages);
        self
    }

    /// How long a task may take whose message says nothing of it. Its worker is killed after that.
    pub fn time_limit(mut self, limit: Duration) -> NodeBuilder {
        self.time_limit = Some(limit);
        self
    }

    /// Says nothing on standard error.
    pub fn quiet(mut self) -> NodeBuilder {
        self.quiet = true;
        self
    }

    /// Starts the workers.
    ///
    /// # Errors
    ///
    /// If a setting makes no sense, or a worker does not start.
    pub fn build(self) -> Result<Node> {
        let address = Address::parse(&self.broker)?;
        let refuse = |text: &str| Err(Error::Setting(text.to_owned()));
        if self.workers == 0 || self.prefetch == Some(0) {
            return refuse("a node has at least one worker, and a prefetch of at least 1");
        }
        let name = self
            .name
            .unwrap_or_else(|| format!("cluster-{}@{}", std::process::id(), hostname()));
        if name.len() > 200 || !name.contains('@') {
            return refuse("the name of a node is name@host, at most 200 bytes");
        }
        let mut queues = Vec::new();
        for queue in self.queues {
            queues.push(queue_name(&queue)?);
        }
        if queues.is_empty() {
            queues.push(QUEUE.to_owned());
        }
        let mut slots = Vec::new();
        for number in 0..self.workers {
            slots.push(Slot::new(number as u64)?);
        }
        let (sender, receiver) = unbounded_channel();
        Ok(Node {
            name,
            address,
            prefetch: self.prefetch,
            pace: Pace::new(),
            time_limit: self.time_limit.map(|limit| limit.as_secs_f64()),
            limits: HashMap::new(),
            quiet: self.quiet,
            queues,
            coming: Vec::new(),
            next_slot: slots.len() as u64,
            slots,
            jobs: HashMap::new(),
            waiting: VecDeque::new(),
            settling: Settling::default(),
            next_key: 0,
            session: None,
            most_bytes: None,
            sessions: 0,
            revoked: Revoked::default(),
            total: BTreeMap::new(),
            processed: 0,
            tells: false,
            clock: 0,
            start: Instant::now(),
            beat: Instant::now(),
            phase: Phase::Working,
            sender,
            receiver: Some(receiver),
        })
    }
}
