//! Dead letters: tasks that killed every worker that tried them.
//!
//! They lie in the queue `NAME.dead`, beside the queue that they came from, until they are sent back or the queue is purged.

use lapin::message::BasicGetMessage;
use lapin::options::{BasicAckOptions, BasicGetOptions, BasicNackOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel};

use crate::amqp::{confirming, declare, publish, queue_name};
use crate::error::Result;
use crate::exception::Exception;
use crate::message::Task;
use crate::node::Outgoing;

/// The header that says why.
const WHY: &str = "cluster-why";

/// The header that counts lost workers.
const DEATHS: &str = "cluster-deaths";

/// A task that killed every worker that tried it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dead {
    /// Its id.
    pub id: String,
    /// Its name.
    pub task: String,
    /// Its arguments, as Python's `repr` shows them.
    pub arguments: String,
    /// How the last worker died.
    pub why: String,
}

/// The queue of dead letters beside a queue.
pub(crate) fn queue_of(queue: &str) -> String {
    format!("{queue}.dead")
}

/// A task as a dead letter.
pub(crate) fn message(queue: &str, task: &Task, why: &Exception) -> Option<Outgoing> {
    let (properties, body) = task.encode().ok()?;
    let mut headers = properties.headers().clone().unwrap_or_default();
    let why = AMQPValue::LongString(why.to_string().into());
    headers.insert(WHY.into(), why);
    Some(Outgoing {
        queue: queue_of(queue),
        properties: properties.with_headers(headers),
        body,
    })
}

/// The dead letters beside a queue, the oldest first. They stay there.
///
/// # Errors
///
/// If the broker cannot be used.
pub fn dead(broker: &str, queue: &str) -> Result<Vec<Dead>> {
    crate::amqp::run(broker, async |address, connection| {
        let explain = |error: lapin::Error| address.explain(&error);
        let queue = queue_name(queue)?;
        let channel = confirming(connection).await.map_err(explain)?;
        declare(&channel, &queue_of(&queue))
            .await
            .map_err(explain)?;
        let mut letters = Vec::new();
        while let Some(letter) = get(&channel, &queue).await.map_err(explain)? {
            letters.extend(read(&letter.properties, &letter.data));
        }
        put_back(&channel).await.map_err(explain)?;
        Ok(letters)
    })
}

/// Sends the dead letter of this id back to its queue, with all its tries; all of them, if the id is `all`. How many those were.
///
/// # Errors
///
/// If the broker cannot be used. Whatever happens, no letter is lost; one may come twice.
pub fn again(broker: &str, queue: &str, id: &str) -> Result<usize> {
    crate::amqp::run(broker, async |address, connection| {
        let explain = |error: lapin::Error| address.explain(&error);
        let queue = queue_name(queue)?;
        let channel = confirming(connection).await.map_err(explain)?;
        // No more than lie there now: what is sent back may die again at once.
        let letters = declare(&channel, &queue_of(&queue)).await;
        declare(&channel, &queue).await.map_err(explain)?;
        let mut sent = 0;
        for _ in 0..letters.map_err(explain)? {
            let Some(letter) = get(&channel, &queue).await.map_err(explain)? else {
                break;
            };
            let found = read(&letter.properties, &letter.data);
            if id != "all" && found.is_none_or(|it| it.id != id) {
                continue;
            }
            let properties = alive(&letter.properties);
            publish(&channel, "", &queue, properties, &letter.data)
                .await
                .map_err(explain)?;
            let options = BasicAckOptions::default();
            letter.ack(options).await.map_err(explain)?;
            sent += 1;
        }
        put_back(&channel).await.map_err(explain)?;
        Ok(sent)
    })
}

async fn get(channel: &Channel, queue: &str) -> lapin::Result<Option<BasicGetMessage>> {
    let queue = queue_of(queue).into();
    channel.basic_get(queue, BasicGetOptions::default()).await
}

/// Returns what was not acknowledged to its place. The end of the channel does, too, but nobody knows when.
async fn put_back(channel: &Channel) -> lapin::Result<()> {
    let options = BasicNackOptions {
        multiple: true,
        requeue: true,
    };
    channel.basic_nack(0, options).await
}

fn read(properties: &BasicProperties, data: &[u8]) -> Option<Dead> {
    let task = Task::decode(properties, data).ok()?;
    let why = task.headers.more.get(WHY).and_then(|why| why.as_str());
    Some(Dead {
        arguments: task.headers.argsrepr.clone().unwrap_or_default(),
        why: why.unwrap_or_default().to_owned(),
        id: task.headers.id,
        task: task.headers.task,
    })
}

/// The properties of a task that has killed no worker.
fn alive(properties: &BasicProperties) -> BasicProperties {
    let headers = properties.headers().clone().unwrap_or_default();
    let mut kept = FieldTable::default();
    for (key, value) in headers.inner() {
        if key.as_str() != WHY && key.as_str() != DEATHS {
            kept.insert(key.clone(), value.clone());
        }
    }
    properties.clone().with_headers(kept)
}
