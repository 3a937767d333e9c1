//! A node's connection, from its making to its loss.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::StreamExt;
use lapin::message::Delivery;
use lapin::options::{
    BasicCancelOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions,
    ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Connection, Consumer, ExchangeKind};
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::timeout;

use super::Event;
use crate::amqp::{Address, CLOSE_TIME, confirming, dead_letters, declare, most_bytes};
use crate::error::Result;
use crate::message::{EVENTS, PIDBOX};

/// What a connection is to have.
#[derive(Clone)]
pub(crate) struct Plan {
    pub number: u64,
    pub address: Address,
    pub name: String,
    pub queues: Vec<String>,
    pub prefetch: u16,
    pub events: UnboundedSender<Event>,
}

/// A connection with its channels and consumers.
pub(crate) struct Session {
    pub number: u64,
    /// Tasks, acknowledgements and results.
    pub work: Channel,
    /// Requests, their answers, and events.
    pub control: Channel,
    connection: Arc<Connection>,
    /// The consumer of each queue.
    consumers: BTreeMap<String, ShortString>,
    plan: Plan,
}

impl Session {
    /// Connects, declares the queues, and begins to consume.
    ///
    /// # Errors
    ///
    /// If the broker cannot be reached, or refuses any of it.
    pub(crate) async fn open(plan: Plan) -> Result<Session> {
        let address = plan.address.clone();
        let opening = async {
            let connection = plan.address.connect(&plan.name).await?;
            Session::prepare(plan, connection).await
        };
        address.in_time(opening).await
    }

    async fn prepare(plan: Plan, connection: Connection) -> lapin::Result<Session> {
        let work = confirming(&connection).await?;
        let control = connection.create_channel().await?;
        let mut session = Session {
            number: plan.number,
            work,
            control,
            connection: Arc::new(connection),
            consumers: BTreeMap::new(),
            plan,
        };
        session.listen().await?;
        session.qos(session.plan.prefetch).await?;
        for queue in session.plan.queues.clone() {
            let consumer = session.consume(&queue).await?;
            session.consumers.insert(queue, consumer);
        }
        Ok(session)
    }

    /// Begins to take requests.
    async fn listen(&self) -> lapin::Result<()> {
        let channel = &self.control;
        let exchange = |name: &'static str, kind, durable| {
            let options = ExchangeDeclareOptions {
                durable,
                ..ExchangeDeclareOptions::default()
            };
            channel.exchange_declare(name.into(), kind, options, FieldTable::default())
        };
        exchange(PIDBOX, ExchangeKind::Fanout, false).await?;
        exchange(EVENTS, ExchangeKind::Topic, true).await?;

        let queue = ShortString::from(format!("{}.{PIDBOX}", self.plan.name));
        let mut arguments = FieldTable::default();
        arguments.insert("x-expires".into(), AMQPValue::LongInt(10_000));
        arguments.insert("x-message-ttl".into(), AMQPValue::LongInt(300_000));
        let options = QueueDeclareOptions {
            auto_delete: true,
            ..QueueDeclareOptions::default()
        };
        channel
            .queue_declare(queue.clone(), options, arguments)
            .await?;
        let (bind, none) = (QueueBindOptions::default(), FieldTable::default());
        channel
            .queue_bind(queue.clone(), PIDBOX.into(), "".into(), bind, none.clone())
            .await?;
        let options = BasicConsumeOptions {
            no_ack: true,
            ..BasicConsumeOptions::default()
        };
        let mut consumer = channel
            .basic_consume(queue, "".into(), options, none)
            .await?;
        let (events, number) = (self.plan.events.clone(), self.number);
        tokio::spawn(async move {
            let most_bytes = take_all(&mut consumer, |delivery| {
                let _ = events.send(Event::Control(delivery));
            });
            let _ = events.send(Event::Lost(number, most_bytes.await));
        });
        Ok(())
    }

    /// Begins to take tasks from a queue. The consumer's name is to be [kept](Session::keep).
    ///
    /// # Errors
    ///
    /// If the broker refuses, or the connection is lost.
    pub(crate) fn consume(
        &self,
        queue: &str,
    ) -> impl Future<Output = lapin::Result<ShortString>> + Send + use<> {
        let (connection, work, queue) = (
            Arc::clone(&self.connection),
            self.work.clone(),
            queue.to_owned(),
        );
        let (events, number) = (self.plan.events.clone(), self.number);
        async move {
            // On a channel of its own: the broker closes it if the queue is declared otherwise.
            let channel = connection.create_channel().await?;
            declare(&channel, &queue).await?;
            declare(&channel, &dead_letters(&queue)).await?;
            let _ = channel.close(200, "".into()).await;
            let (options, none) = (BasicConsumeOptions::default(), FieldTable::default());
            let from = ShortString::from(queue.as_str());
            let consuming = work.basic_consume(from, "".into(), options, none);
            let mut consumer = consuming.await?;
            let tag = consumer.tag();
            // The key that it was published with says nothing of the queue: an exchange may stand between.
            let queue: Arc<str> = queue.into();
            tokio::spawn(async move {
                let most_bytes = take_all(&mut consumer, |delivery| {
                    let _ = events.send(Event::Delivery(number, Arc::clone(&queue), delivery));
                });
                let most_bytes = most_bytes.await;
                // A consumer that was cancelled ends, too, and its channel lives on.
                if !work.status().connected() {
                    let _ = events.send(Event::Lost(number, most_bytes));
                }
            });
            Ok(tag)
        }
    }

    /// Keeps the consumer of a queue, to be cancelled.
    pub(crate) fn keep(&mut self, queue: &str, consumer: ShortString) {
        self.consumers.insert(queue.to_owned(), consumer);
    }

    /// Takes no more tasks from a queue, when the broker has said so.
    ///
    /// # Errors
    ///
    /// If the connection is lost before that.
    pub(crate) fn cancel(
        &mut self,
        queue: &str,
    ) -> impl Future<Output = lapin::Result<()>> + Send + use<> {
        let (work, consumer) = (self.work.clone(), self.consumers.remove(queue));
        async move {
            match consumer {
                Some(tag) => work.basic_cancel(tag, BasicCancelOptions::default()).await,
                None => Ok(()),
            }
        }
    }

    /// Takes no more tasks. The broker's answer is not waited for: what it sends before that is handed back.
    pub(crate) fn stop_consuming(&mut self) {
        for tag in std::mem::take(&mut self.consumers).into_values() {
            let work = self.work.clone();
            tokio::spawn(async move {
                let options = BasicCancelOptions::default();
                let _ = work.basic_cancel(tag, options).await;
            });
        }
    }

    /// How many messages the broker may hand out unanswered.
    pub(crate) fn set_prefetch(&self, count: u16) {
        let work = self.work.clone();
        tokio::spawn(async move {
            let _ = work
                .basic_qos(count, BasicQosOptions { global: true })
                .await;
        });
    }

    async fn qos(&self, count: u16) -> lapin::Result<()> {
        let options = BasicQosOptions { global: true };
        self.work.basic_qos(count, options).await
    }

    /// Answers a request. If that fails, nothing waits for it any more.
    pub(crate) fn answer(
        &self,
        exchange: ShortString,
        key: ShortString,
        properties: BasicProperties,
        body: Vec<u8>,
    ) {
        let control = self.control.clone();
        tokio::spawn(async move {
            let options = BasicPublishOptions::default();
            let _ = control
                .basic_publish(exchange, key, options, &body, properties)
                .await;
        });
    }

    /// Closes the connection.
    pub(crate) async fn close(self) {
        let closing = self.connection.close(200, "".into());
        let _ = timeout(CLOSE_TIME, closing).await;
    }
}

/// Takes what comes, to the end: how many bytes a message may have, if that was the reason.
async fn take_all(consumer: &mut Consumer, mut take: impl FnMut(Delivery)) -> Option<usize> {
    while let Some(delivery) = consumer.next().await {
        match delivery {
            Ok(delivery) => take(delivery),
            Err(error) => return most_bytes(&error),
        }
    }
    None
}
