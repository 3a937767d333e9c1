//! A worker without anything: it takes a message, publishes its answer, and acknowledges it when the broker has confirmed that.

use anyhow::{Context, Result};
use futures_util::StreamExt;
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions,
    ConfirmSelectOptions, QueueDeclareOptions,
};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};

/// What waits here for a worker: as much as a node of one worker asks for where tasks are as short as these.
const PREFETCH: u16 = 32;

#[tokio::main(flavor = "current_thread")]
pub async fn run(url: &str, queue: &str) -> Result<()> {
    let connection = Connection::connect(url, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    let confirm = ConfirmSelectOptions::default();
    channel.confirm_select(confirm).await?;
    let (durable, none) = (QueueDeclareOptions::durable(), FieldTable::default());
    channel
        .queue_declare(queue.into(), durable, none.clone())
        .await?;
    channel
        .basic_qos(PREFETCH, BasicQosOptions::default())
        .await?;
    let options = BasicConsumeOptions::default();
    let mut tasks = channel
        .basic_consume(queue.into(), "".into(), options, none)
        .await?;
    println!("ready");
    while let Some(task) = tasks.next().await {
        let (channel, task) = (channel.clone(), task?);
        tokio::spawn(async move {
            if let Err(error) = answer(&channel, &task).await {
                eprintln!("bare loop: {error}");
            }
        });
    }
    Ok(())
}

async fn answer(channel: &Channel, task: &Delivery) -> Result<()> {
    let properties = &task.properties;
    let id = properties.correlation_id().clone().context("no id")?;
    let caller = properties.reply_to().clone().context("no caller")?;
    let body: serde_json::Value = serde_json::from_slice(&task.data)?;
    let number = body[0][0].as_u64().context("no number")?;
    let result = serde_json::json!({
        "status": "SUCCESS", "result": number * number, "traceback": null, "children": [],
        "task_id": id.as_str(),
    });
    let properties = BasicProperties::default()
        .with_content_type("application/json".into())
        .with_content_encoding("utf-8".into())
        .with_correlation_id(id)
        .with_delivery_mode(2);
    let (options, body) = (BasicPublishOptions::default(), result.to_string());
    let confirm = channel
        .basic_publish("".into(), caller, options, body.as_bytes(), properties)
        .await?;
    confirm.await?;
    task.ack(BasicAckOptions::default()).await?;
    Ok(())
}
