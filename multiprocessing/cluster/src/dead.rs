//! Dead letters: tasks that killed every worker that tried them.
//!
//! They lie in the queue `NAME.dead`, beside the queue that they came from, until they are sent back or the queue is purged.

use lapin::message::BasicGetMessage;
use lapin::options::{BasicAckOptions, BasicGetOptions, BasicNackOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Channel};

use crate::amqp::{Outgoing, dead_letters, declare, publish, queue_name, run, short};
use crate::error::Result;
use crate::exception::Exception;
use crate::message::Task;

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

/// A task as a dead letter.
pub(crate) fn message(queue: &str, task: &Task, why: &Exception) -> Option<Outgoing> {
    // It would end the letter, too, before anybody has seen it.
    let task = Task {
        expiration: None,
        ..task.clone()
    };
    let (properties, body) = task.encode().ok()?;
    let mut headers = properties.headers().clone().unwrap_or_default();
    let why = AMQPValue::LongString(why.to_string().into());
    headers.insert(WHY.into(), why);
    Some(Outgoing {
        queue: short(&dead_letters(queue)).ok()?,
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
    let letters = dead_letters(&queue_name(queue)?);
    let prepare = async |channel: &Channel| declare(channel, &letters).await;
    run(broker, prepare, async |address, channel, _| {
        let mut found = Vec::new();
        while let Some(letter) = address.in_time(get(channel, &letters)).await? {
            found.extend(read(&letter.properties, &letter.data));
        }
        address.in_time(put_back(channel)).await?;
        Ok(found)
    })
}

/// Sends the dead letter of this id back to its queue, with all its tries; all of them, if the id is `all`. How many those were.
///
/// # Errors
///
/// If the broker cannot be used. Whatever happens, no letter is lost; one may come twice.
pub fn again(broker: &str, queue: &str, id: &str) -> Result<usize> {
    let queue = queue_name(queue)?;
    let letters = dead_letters(&queue);
    let prepare = async |channel: &Channel| {
        declare(channel, &queue).await?;
        declare(channel, &letters).await
    };
    run(broker, prepare, async |address, channel, count| {
        let mut sent = 0;
        // No more than lay there: what is sent back may die again at once.
        for _ in 0..count {
            let Some(letter) = address.in_time(get(channel, &letters)).await? else {
                break;
            };
            let found = read(&letter.properties, &letter.data);
            if id != "all" && found.is_none_or(|it| it.id != id) {
                continue;
            }
            let sending = async {
                let properties = alive(&letter.properties);
                let queue = ShortString::from(queue.as_str());
                publish(channel, queue, properties, &letter.data).await?;
                letter.ack(BasicAckOptions::default()).await
            };
            address.in_time(sending).await?;
            sent += 1;
        }
        address.in_time(put_back(channel)).await?;
        Ok(sent)
    })
}

async fn get(channel: &Channel, letters: &str) -> lapin::Result<Option<BasicGetMessage>> {
    let options = BasicGetOptions::default();
    channel.basic_get(letters.into(), options).await
}

/// Returns what was not acknowledged to its place. The end of the channel does, too, but at a time that nothing tells.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Body;

    #[test]
    fn a_dead_letter_of_a_task_that_expires_does_not_expire() {
        let mut task = Task::new("1".to_owned(), "task", Body::default(), None);
        task.expiration = Some("1000".to_owned());
        let letter = message("queue", &task, &Exception::value_error("dead")).unwrap();
        assert_eq!(*letter.properties.expiration(), None);
    }
}
