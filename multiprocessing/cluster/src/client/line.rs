//! The thread that keeps a client's connection.
//!
//! It has a queue of its own for results, which outlives a connection and a broker's crash: durable, and removed when the cluster is
//! dropped, or by the broker when it has not been used for ten minutes. A task is remembered until it is answered, and sent again
//! through a new connection unless the broker has confirmed it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use futures_util::StreamExt;
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicQosOptions, QueueDeclareOptions, QueueDeleteOptions,
};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{Channel, Connection};
use serde_json::json;
use tokio::select;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::time::timeout;
use uuid::Uuid;

use crate::amqp::{Address, CLOSE_TIME, PAUSE, confirming, declare, most_bytes, publish};
use crate::error::{Error, Result};
use crate::message::{Outcome, Task};
use crate::status::broadcast;

/// An unused queue of results lives so long, in milliseconds.
const QUEUE_LIFE: i32 = 600_000;

/// So many results may be on their way here.
const PREFETCH: u16 = 1000;

/// A task to be sent, and what to do with its answer.
pub(crate) struct Sending {
    pub task: Task,
    pub queue: ShortString,
    pub answer: Answer,
}

/// What to do with an answer.
pub(crate) type Answer = Box<dyn FnOnce(Result<Outcome>) + Send>;

enum Command {
    Send(Box<Sending>),
    Revoke(String),
    /// The broker has a task.
    Confirmed(String),
    Stop,
}

/// A way to the thread. It can be cloned.
#[derive(Clone)]
pub(crate) struct Line {
    commands: UnboundedSender<Command>,
    reply_to: Arc<str>,
    repeated: Arc<AtomicU64>,
}

impl Line {
    /// A way to a thread that has ended.
    #[cfg(test)]
    pub(crate) fn broken() -> Line {
        Line {
            commands: unbounded_channel().0,
            reply_to: "".into(),
            repeated: Arc::default(),
        }
    }

    /// The queue of results.
    pub(crate) fn reply_to(&self) -> String {
        self.reply_to.to_string()
    }

    /// How many answers have come to tasks that were answered already.
    pub(crate) fn repeated(&self) -> u64 {
        self.repeated.load(Relaxed)
    }

    /// Sends a task.
    pub(crate) fn send(&self, sending: Sending) {
        let command = Command::Send(Box::new(sending));
        if let Err(error) = self.commands.send(command)
            && let Command::Send(sending) = error.0
        {
            (sending.answer)(Err(closed()));
        }
    }

    /// Asks all nodes not to begin a task.
    pub(crate) fn revoke(&self, id: &str) {
        let _ = self.commands.send(Command::Revoke(id.to_owned()));
    }
}

/// The thread. It ends when this is dropped.
pub(crate) struct Thread {
    line: Line,
    handle: Option<JoinHandle<()>>,
}

impl Thread {
    /// Connects.
    ///
    /// # Errors
    ///
    /// If the broker cannot be used.
    pub(crate) fn start(address: Address, queue: &str, quiet: bool) -> Result<Thread> {
        let (commands, receiver) = unbounded_channel();
        let line = Line {
            commands: commands.clone(),
            reply_to: Uuid::new_v4().to_string().into(),
            repeated: Arc::default(),
        };
        let mut client = Client {
            address,
            queue: queue.to_owned(),
            reply_to: line.reply_to(),
            repeated: Arc::clone(&line.repeated),
            quiet,
            commands,
            tasks: HashMap::new(),
            revoked: Vec::new(),
            sent: 0,
            most_bytes: None,
        };
        let (connected, ready) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Error::system("start the client's event loop"))?;
        let run = move || {
            runtime.block_on(client.run(receiver, connected));
            runtime.shutdown_timeout(Duration::from_secs(1));
        };
        let handle = thread::Builder::new()
            .name("cluster-client".to_owned())
            .spawn(run)
            .map_err(Error::system("start the client's thread"))?;
        let thread = Thread {
            line,
            handle: Some(handle),
        };
        match ready.blocking_recv() {
            Ok(connected) => connected.map(|()| thread),
            Err(_) => Err(closed()),
        }
    }

    /// A way to it.
    pub(crate) fn line(&self) -> Line {
        self.line.clone()
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        let _ = self.line.commands.send(Command::Stop);
        if let Some(handle) = self.handle.take() {
            // A callback may hold the last of it: no thread waits for itself.
            if handle.thread().id() != thread::current().id() {
                let _ = handle.join();
            }
        }
    }
}

/// A task that has not been answered.
struct Sent {
    number: u64,
    task: Task,
    queue: ShortString,
    answer: Answer,
    confirmed: bool,
}

struct Client {
    address: Address,
    /// The queue that is declared, so that tasks may wait there before a node comes.
    queue: String,
    reply_to: String,
    repeated: Arc<AtomicU64>,
    quiet: bool,
    commands: UnboundedSender<Command>,
    tasks: HashMap<String, Sent>,
    /// Tasks that were cancelled while there was no connection.
    revoked: Vec<String>,
    sent: u64,
    /// How many bytes a message may have, if the broker has refused one.
    most_bytes: Option<usize>,
}

/// A connection.
struct Link {
    channel: Channel,
    connection: Connection,
    results: lapin::Consumer,
}

impl Client {
    async fn run(
        &mut self,
        mut commands: UnboundedReceiver<Command>,
        connected: oneshot::Sender<Result<()>>,
    ) {
        let mut link = match self.connect().await {
            Ok(link) => link,
            Err(error) => {
                let _ = connected.send(Err(error));
                return;
            }
        };
        let _ = connected.send(Ok(()));
        loop {
            select! {
                command = commands.recv() => match command {
                    None | Some(Command::Stop) => break,
                    Some(command) => self.obey(&link, command),
                },
                result = link.results.next() => match result {
                    Some(Ok(result)) => self.take(result),
                    lost => match self.come_back(lost, &mut commands).await {
                        Some(new) => link = new,
                        None => break,
                    },
                },
            }
        }
        self.answer_the_rest(commands).await;
        let _ = timeout(CLOSE_TIME, async {
            let queue = ShortString::from(self.reply_to.as_str());
            let delete = QueueDeleteOptions::default();
            let _ = link.channel.queue_delete(queue, delete).await;
            let _ = link.connection.close(200, "".into()).await;
        })
        .await;
    }

    /// Answers all that was sent, and all that is sent from now on, or was when it was told to stop.
    async fn answer_the_rest(&mut self, mut commands: UnboundedReceiver<Command>) {
        commands.close();
        while let Some(command) = commands.recv().await {
            if let Command::Send(sending) = command {
                (sending.answer)(Err(closed()));
            }
        }
        for (_, sent) in self.tasks.drain() {
            (sent.answer)(Err(closed()));
        }
    }

    async fn connect(&mut self) -> Result<Link> {
        let name = format!("cluster client {}", std::process::id());
        let opening = async {
            let connection = self.address.connect(&name).await?;
            self.prepare(connection).await
        };
        self.address.in_time(opening).await
    }

    async fn prepare(&self, connection: Connection) -> lapin::Result<Link> {
        let channel = confirming(&connection).await?;
        declare(&channel, &self.queue).await?;
        let mut arguments = FieldTable::default();
        arguments.insert("x-expires".into(), AMQPValue::LongInt(QUEUE_LIFE));
        let queue = ShortString::from(self.reply_to.as_str());
        let durable = QueueDeclareOptions::durable();
        channel
            .queue_declare(queue.clone(), durable, arguments)
            .await?;
        let qos = BasicQosOptions::default();
        channel.basic_qos(PREFETCH, qos).await?;
        let (options, none) = (BasicConsumeOptions::default(), FieldTable::default());
        let results = channel
            .basic_consume(queue, "".into(), options, none)
            .await?;
        Ok(Link {
            channel,
            connection,
            results,
        })
    }

    /// Makes the connection again, however long that takes, and sends again what had not arrived. `None`: it is no longer wanted.
    async fn come_back(
        &mut self,
        lost: Option<lapin::Result<Delivery>>,
        commands: &mut UnboundedReceiver<Command>,
    ) -> Option<Link> {
        if let Some(Err(error)) = lost {
            self.most_bytes = most_bytes(&error).or(self.most_bytes);
        }
        self.say("waits for the broker");
        loop {
            match self.connect().await {
                Ok(link) => {
                    self.say("has found the broker again");
                    self.send_again(&link);
                    return Some(link);
                }
                Err(_) => {
                    tokio::time::sleep(PAUSE).await;
                    if !self.listen(commands) {
                        return None;
                    }
                }
            }
        }
    }

    /// Takes commands in while there is no connection. Whether it is still wanted.
    fn listen(&mut self, commands: &mut UnboundedReceiver<Command>) -> bool {
        while let Ok(command) = commands.try_recv() {
            match command {
                Command::Stop => return false,
                Command::Send(sending) => {
                    self.keep(*sending);
                }
                Command::Revoke(id) => {
                    self.tasks.remove(&id);
                    self.revoked.push(id);
                }
                Command::Confirmed(id) => self.confirm(&id),
            }
        }
        !commands.is_closed()
    }

    fn send_again(&mut self, link: &Link) {
        let lost = self.tasks.iter().filter(|(_, sent)| !sent.confirmed);
        let mut lost: Vec<_> = lost.map(|(id, sent)| (sent.number, id.clone())).collect();
        lost.sort_unstable();
        for (_, id) in lost {
            self.publish(link, &id);
        }
        // After them: a node that a task was sent to before hears of its end, too.
        if !self.revoked.is_empty() {
            revoke(link, &std::mem::take(&mut self.revoked));
        }
    }

    fn obey(&mut self, link: &Link, command: Command) {
        match command {
            Command::Send(sending) => {
                let id = self.keep(*sending);
                self.publish(link, &id);
            }
            Command::Revoke(id) => {
                self.tasks.remove(&id);
                revoke(link, &[id]);
            }
            Command::Confirmed(id) => self.confirm(&id),
            Command::Stop => {}
        }
    }

    fn keep(&mut self, sending: Sending) -> String {
        let id = sending.task.headers.id.clone();
        self.sent += 1;
        let sent = Sent {
            number: self.sent,
            task: sending.task,
            queue: sending.queue,
            answer: sending.answer,
            confirmed: false,
        };
        self.tasks.insert(id.clone(), sent);
        id
    }

    fn confirm(&mut self, id: &str) {
        if let Some(sent) = self.tasks.get_mut(id) {
            sent.confirmed = true;
        }
    }

    /// Publishes a task, or answers it, if there can be no message of it.
    fn publish(&mut self, link: &Link, id: &str) {
        let Some(sent) = self.tasks.get(id) else {
            return;
        };
        let encoded = sent.task.encode().map_err(Error::Setting);
        let message = encoded.and_then(|(properties, body)| match self.most_bytes {
            Some(most) if body.len() > most => Err(Error::TooLarge {
                bytes: body.len(),
                most,
            }),
            _ => Ok((properties, body)),
        });
        let (properties, body) = match message {
            Ok(message) => message,
            Err(error) => {
                if let Some(sent) = self.tasks.remove(id) {
                    (sent.answer)(Err(error));
                }
                return;
            }
        };
        let (channel, queue) = (link.channel.clone(), sent.queue.clone());
        let (commands, id) = (self.commands.clone(), id.to_owned());
        tokio::spawn(async move {
            // What is lost with a connection is sent again through the next.
            if publish(&channel, queue, properties, &body).await.is_ok() {
                let _ = commands.send(Command::Confirmed(id));
            }
        });
    }

    /// Takes a result in. One that comes again, or to a task that was cancelled, is dropped.
    fn take(&mut self, result: Delivery) {
        if let Ok(outcome) = serde_json::from_slice::<Outcome>(&result.data)
            && outcome.status.is_final()
        {
            match self.tasks.remove(&outcome.task_id) {
                Some(sent) => (sent.answer)(Ok(outcome)),
                None => {
                    self.repeated.fetch_add(1, Relaxed);
                }
            }
        }
        tokio::spawn(async move {
            let _ = result.ack(BasicAckOptions::default()).await;
        });
    }

    fn say(&self, text: &str) {
        if !self.quiet {
            eprintln!("cluster {text} at {}", self.address);
        }
    }
}

/// Asks all nodes not to begin these tasks.
fn revoke(link: &Link, ids: &[String]) {
    let channel = link.channel.clone();
    let arguments = json!({"task_id": ids, "terminate": false});
    tokio::spawn(async move {
        let arguments = arguments.as_object().cloned().unwrap_or_default();
        let _ = broadcast(&channel, "revoke", arguments, None).await;
    });
}

fn closed() -> Error {
    Error::Process(multiprocessing::Error::Closed)
}
