//! Which nodes there are: Celery's workers, in whatever language.

use std::time::Duration;

use futures_util::StreamExt;
use lapin::options::{
    BasicConsumeOptions, BasicPublishOptions, ExchangeDeclareOptions, QueueBindOptions,
    QueueDeclareOptions,
};
use lapin::types::{FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Consumer, ExchangeKind};
use serde_json::{Map, Value, json};
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use crate::amqp::run;
use crate::error::Result;
use crate::message::{JSON, PIDBOX, now};

/// How long nodes may take to answer, as long as Celery gives them.
const ANSWER_TIME: Duration = Duration::from_secs(1);

const REPLIES: &str = "reply.celery.pidbox";

/// A node, as it describes itself.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct NodeStatus {
    /// `name@host`.
    pub name: String,
    /// What runs its tasks: `multiprocessing::Pool` in a node of this crate.
    pub pool: String,
    /// How many worker processes it has.
    pub workers: u64,
    /// How many tasks it has taken.
    pub tasks: u64,
    /// Seconds since it started.
    pub uptime: u64,
}

/// Asks all nodes at this broker for a sign of life, and waits a second for it. They are in the order of their names.
///
/// # Errors
///
/// If the broker cannot be used.
pub fn status(broker: &str) -> Result<Vec<NodeStatus>> {
    let ask = async |channel: &Channel| ask(channel, "stats", Map::new()).await;
    let mut nodes = run(broker, ask, async |_, _, answers| {
        Ok(collect(answers, ANSWER_TIME).await)
    })?;
    nodes.sort_unstable_by(|one, other| one.0.cmp(&other.0));
    let number = |value: &Value| value.as_u64().unwrap_or(0);
    Ok(nodes
        .into_iter()
        .map(|(name, stats)| {
            let total = stats["total"].as_object();
            let pool = stats["pool"]["implementation"].as_str().unwrap_or("?");
            NodeStatus {
                name,
                pool: pool.to_owned(),
                workers: number(&stats["pool"]["max-concurrency"]),
                tasks: total.into_iter().flat_map(Map::values).map(number).sum(),
                uptime: number(&stats["uptime"]),
            }
        })
        .collect())
}

/// Asks all nodes. What their answers come through.
async fn ask(
    channel: &Channel,
    method: &str,
    arguments: Map<String, Value>,
) -> lapin::Result<Consumer> {
    let (exchange, none) = (ExchangeDeclareOptions::default(), FieldTable::default());
    let direct = ExchangeKind::Direct;
    channel
        .exchange_declare(REPLIES.into(), direct, exchange, none.clone())
        .await?;
    let id = Uuid::new_v4().to_string();
    let queue = ShortString::from(format!("{id}.{REPLIES}"));
    let options = QueueDeclareOptions {
        exclusive: true,
        auto_delete: true,
        ..QueueDeclareOptions::default()
    };
    channel
        .queue_declare(queue.clone(), options, none.clone())
        .await?;
    let (bind, key) = (QueueBindOptions::default(), ShortString::from(id.as_str()));
    channel
        .queue_bind(queue.clone(), REPLIES.into(), key, bind, none.clone())
        .await?;
    let options = BasicConsumeOptions {
        no_ack: true,
        ..BasicConsumeOptions::default()
    };
    let answers = channel
        .basic_consume(queue, "".into(), options, none)
        .await?;
    broadcast(channel, method, arguments, Some(&id)).await?;
    Ok(answers)
}

/// The answers that come within a while, by node.
async fn collect(mut answers: Consumer, patience: Duration) -> Vec<(String, Value)> {
    let end = Instant::now() + patience;
    let mut nodes = Vec::new();
    while let Ok(Some(Ok(answer))) = timeout_at(end, answers.next()).await {
        let answer: Map<String, Value> = serde_json::from_slice(&answer.data).unwrap_or_default();
        nodes.extend(answer);
    }
    nodes
}

/// Asks all nodes for something. Their answers go to the queue that is bound under the key, if there is one.
pub(crate) async fn broadcast(
    channel: &Channel,
    method: &str,
    arguments: Map<String, Value>,
    key: Option<&str>,
) -> lapin::Result<()> {
    let (exchange, none) = (ExchangeDeclareOptions::default(), FieldTable::default());
    channel
        .exchange_declare(PIDBOX.into(), ExchangeKind::Fanout, exchange, none)
        .await?;
    let reply_to = key.map(|key| json!({"exchange": REPLIES, "routing_key": key}));
    let body = json!({
        "method": method,
        "arguments": arguments,
        "destination": null,
        "pattern": null,
        "matcher": null,
        "ticket": Uuid::new_v4().to_string(),
        "reply_to": reply_to,
    });
    let headers = json!({"clock": 1, "expires": now() + ANSWER_TIME.as_secs_f64() + 60.0});
    let headers = headers.as_object().map(crate::message::to_table);
    let properties = BasicProperties::default()
        .with_content_type(JSON.into())
        .with_content_encoding("utf-8".into())
        .with_delivery_mode(2)
        .with_headers(headers.unwrap_or_default());
    let (options, body) = (BasicPublishOptions::default(), body.to_string());
    channel
        .basic_publish(
            PIDBOX.into(),
            "".into(),
            options,
            body.as_bytes(),
            properties,
        )
        .await?;
    Ok(())
}
