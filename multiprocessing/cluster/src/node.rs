//! A node: a pool of worker processes that takes its tasks from a broker, as one of Celery's workers.
//!
//! One thread does all that has to do with the broker; it is the only one that knows the state of a task. Tasks run in worker
//! processes, one at a time in each, so that a killed one is the end of one task and costs no connection.
//!
//! A message is acknowledged when the broker has confirmed what came of it. Where the connection is lost before that, the broker gives
//! it out again, to this node or to another; this node remembers what it is doing, or has done, and does not do it twice.

mod builder;
mod canvas;
mod consume;
mod control;
mod events;
mod finish;
mod job;
mod limits;
mod pace;
mod revoked;
mod session;
mod settling;
mod signals;
mod slot;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lapin::message::Delivery;
use lapin::types::ShortString;
use tokio::select;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::sleep_until;

use crate::amqp::{Address, PAUSE};
use crate::error::{Error, Result};
use crate::relay::Reply;
use control::Asker;
use job::{Job, Key};
use pace::Pace;
use revoked::Revoked;
use session::Session;
use settling::Settling;
use signals::Signals;
use slot::Slot;

pub use builder::NodeBuilder;

/// How often a node shows that it lives.
const BEAT: Duration = Duration::from_secs(2);

/// So many events are seen to before it is looked what else there is to do.
const BATCH: usize = 64;

/// Something has happened that concerns the node.
enum Event {
    /// A message came, from this queue of tasks, through the connection of this number.
    Delivery(u64, Arc<str>, Delivery),
    /// A request came, for all nodes or this one.
    Control(Delivery),
    /// The broker gives out tasks of a queue that was added, through the connection of this number, or it was not to be had.
    Added(u64, String, Result<ShortString>, Asker),
    /// It gives out no more tasks of a queue that was taken away.
    Removed(String, Asker),
    /// A worker has finished a task, or died with it.
    Finished(Key, Result<Reply, multiprocessing::Error>),
    /// A connection was lost; if that is for a message with too many bytes, with how many it may have.
    Lost(u64, Option<usize>),
    /// There is one again.
    Connected(Box<Session>),
}

/// How far the node is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Working,
    /// It finishes what runs, and takes nothing more.
    Leaving,
    /// It leaves at once, and hands back what runs.
    Gone,
}

/// A node, ready to run.
pub struct Node {
    name: String,
    address: Address,
    /// How many messages may wait here or run, if that was asked for.
    prefetch: Option<u16>,
    pace: Pace,
    /// Seconds that a task may take, unless its message says so.
    time_limit: Option<f64>,
    /// The hard and soft limits of single tasks, as set from afar.
    limits: HashMap<String, (Option<f64>, Option<f64>)>,
    quiet: bool,
    queues: Vec<String>,
    /// Queues that are being added.
    coming: Vec<control::Coming>,
    slots: Vec<Slot>,
    /// The name of the next slot.
    next_slot: u64,
    jobs: HashMap<Key, Job>,
    /// Jobs that wait for a worker.
    waiting: VecDeque<Key>,
    settling: Settling,
    next_key: Key,
    session: Option<Session>,
    /// How many bytes a message may have, if the broker has refused one.
    most_bytes: Option<usize>,
    sessions: u64,
    revoked: Revoked,
    /// How many tasks of each name it has taken.
    total: BTreeMap<String, u64>,
    processed: u64,
    /// Whether anybody wants to hear of tasks.
    tells: bool,
    clock: u64,
    start: Instant,
    beat: Instant,
    phase: Phase,
    sender: UnboundedSender<Event>,
    receiver: Option<UnboundedReceiver<Event>>,
}

impl fmt::Debug for Node {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Node")
            .field("name", &self.name)
            .field("queues", &self.queues)
            .finish_non_exhaustive()
    }
}

impl Node {
    /// A builder of a node, for the broker at this address: `amqp://user:password@host:port/vhost`, or `amqps://`.
    pub fn builder(broker: &str) -> NodeBuilder {
        NodeBuilder::new(broker)
    }

    /// Its name, `name@host`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Takes tasks until it is asked to leave. After SIGTERM or SIGINT, unless it was started with that signal ignored, and after
    /// Celery's `shutdown`, it finishes the tasks that it has begun, returns the rest to the broker, and leaves; after a second
    /// signal it leaves at once.
    ///
    /// # Errors
    ///
    /// If the broker cannot be used at the start. If it goes away later, the node waits for it.
    pub fn run(mut self) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Error::system("start the node's event loop"))?;
        // As a task, which another one wakes without a call of the system; to wake what is blocked on takes one.
        let served =
            runtime.block_on(async { tokio::spawn(async move { self.serve().await }).await });
        let outcome = served.unwrap_or_else(|failed| resume_unwind(failed.into_panic()));
        runtime.shutdown_timeout(Duration::from_secs(1));
        outcome
    }

    async fn serve(&mut self) -> Result<()> {
        let mut signals = Signals::watch().map_err(Error::system("wait for signals"))?;
        let mut events = self.receiver.take().expect("a node runs once");
        let session = select! {
            session = self.connect() => Some(session?),
            () = signals.asked() => None,
        };
        if let Some(session) = session {
            self.welcome(session);
            self.say(&format!(
                "takes tasks from {} at {}",
                self.queues.join(", "),
                self.address
            ));
        } else {
            self.say("leaves before it has a connection");
            self.phase = Phase::Gone;
        }
        let mut batch = Vec::new();
        while !self.is_done() {
            let time = self.next_time();
            select! {
                _ = events.recv_many(&mut batch, BATCH) => {}
                () = sleep_until(time.into()) => self.tick(),
                () = signals.asked() => self.leave(),
            }
            for event in batch.drain(..) {
                self.handle(event);
            }
            self.take_confirmations();
        }
        select! {
            () = self.end_workers_and_close() => {},
            () = signals.asked() => {},
        }
        Ok(())
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Delivery(session, queue, delivery) => self.receive(session, &queue, delivery),
            Event::Control(delivery) => self.control(&delivery),
            Event::Added(number, queue, consumer, asker) => {
                self.added(number, &queue, consumer, asker);
            }
            Event::Removed(queue, asker) => self.removed(&queue, asker),
            Event::Finished(key, reply) => self.finished(key, reply),
            Event::Lost(number, most_bytes) => self.lost(number, most_bytes),
            Event::Connected(session) => {
                self.say(&format!("has found the broker at {} again", self.address));
                self.welcome(*session);
            }
        }
    }

    /// Makes a connection.
    async fn connect(&mut self) -> Result<Session> {
        self.sessions += 1;
        Session::open(self.plan()).await
    }

    /// What a connection is to have.
    fn plan(&self) -> session::Plan {
        session::Plan {
            number: self.sessions,
            address: self.address.clone(),
            name: self.name.clone(),
            queues: self.queues.clone(),
            prefetch: self.wanted(),
            events: self.sender.clone(),
        }
    }

    fn welcome(&mut self, session: Session) {
        self.session = Some(session);
        self.tell_worker("worker-online");
        self.beat = Instant::now() + BEAT;
        for job in self.jobs.values_mut() {
            job.forget_after(job::MEMORY);
        }
    }

    /// The connection is gone, and with it the right to answer for what came through it. What waits will be given out again; what
    /// runs goes on.
    fn lost(&mut self, number: u64, most_bytes: Option<usize>) {
        if self.session.as_ref().is_none_or(|it| it.number != number) {
            return;
        }
        self.most_bytes = most_bytes.or(self.most_bytes);
        self.session = None;
        self.waiting.clear();
        self.jobs.retain(|_, job| job.survives());
        if self.phase != Phase::Working {
            return;
        }
        self.say(&format!("waits for the broker at {}", self.address));
        self.sessions += 1;
        let plan = self.plan();
        tokio::spawn(async move {
            let events = plan.events.clone();
            loop {
                if let Ok(session) = Session::open(plan.clone()).await {
                    let _ = events.send(Event::Connected(Box::new(session)));
                    return;
                }
                tokio::time::sleep(PAUSE).await;
            }
        });
    }

    /// Does what is due by the clock.
    fn tick(&mut self) {
        let now = Instant::now();
        if now >= self.beat {
            self.tell_worker("worker-heartbeat");
            self.beat = now + BEAT;
        }
        self.stop_overdue(now);
        self.begin_scheduled(now);
        self.take_back_behind_slow_ones(now);
        self.hand_back_behind_long_ones(now);
        self.jobs.retain(|_, job| !job.is_forgotten(now));
    }

    /// When something is due by the clock.
    fn next_time(&self) -> Instant {
        let times = self.jobs.values().filter_map(Job::time);
        let others = [self.settling.time(), self.time_to_make_way()];
        times
            .chain(others.into_iter().flatten())
            .fold(self.beat, Instant::min)
    }

    fn is_done(&self) -> bool {
        let rests = |job: &Job| job.is_waiting_for_the_broker();
        match self.phase {
            Phase::Working => false,
            Phase::Leaving => self.session.is_none() || self.jobs.values().all(rests),
            Phase::Gone => true,
        }
    }

    /// Takes nothing more; the second time it leaves at once.
    fn leave(&mut self) {
        if self.phase == Phase::Leaving {
            self.phase = Phase::Gone;
            return;
        }
        self.phase = Phase::Leaving;
        self.say("finishes what it has begun, and leaves");
        if let Some(session) = &mut self.session {
            session.stop_consuming();
        }
        self.slots.iter_mut().for_each(Slot::take_all_back);
        let unbegun: Vec<_> = self.unbegun();
        for key in unbegun {
            self.hand_back(key);
        }
        self.waiting.clear();
    }

    /// The workers end first, and the connection hands back what is not answered.
    async fn end_workers_and_close(&mut self) {
        for slot in self.slots.drain(..) {
            slot.end();
        }
        if let Some(event) = self.worker_event("worker-offline") {
            let _ = tokio::time::timeout(PAUSE, event).await;
        }
        if let Some(session) = self.session.take() {
            session.close().await;
        }
    }

    /// Tells people at the terminal.
    fn say(&self, text: &str) {
        if !self.quiet {
            eprintln!("{} {text}", self.name);
        }
    }
}
