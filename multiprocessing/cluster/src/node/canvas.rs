//! What comes after a task: callbacks, the rest of a chain, a group; after a failure, errbacks.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Node;
use super::consume::no_chords;
use crate::amqp::{Outgoing, short};
use crate::exception::Exception;
use crate::message::{Body, Embed, Raw, Signature, Task, raw};
use crate::tasks::knows;

/// Where Celery's own workers listen, by default.
const CELERY: &str = "celery";

/// What comes after a task.
#[derive(Default)]
pub(crate) struct Next {
    pub messages: Vec<Outgoing>,
    /// Their ids, as Celery's results list them.
    pub children: Value,
}

/// What a signature is sent with.
#[derive(Clone, Copy)]
struct Before<'a> {
    queue: &'a str,
    task: &'a Task,
    /// The result that goes before its arguments.
    value: &'a Raw,
}

impl Node {
    /// What comes after a task with this result.
    ///
    /// # Errors
    ///
    /// If that cannot be read, or is a chord.
    pub(super) fn after(&self, queue: &str, task: &Task, value: &Raw) -> Result<Next, Exception> {
        let before = Before { queue, task, value };
        let embed = &task.body.2;
        let mut next = Next::default();
        let mut children = Vec::new();
        for callback in embed.callbacks.iter().flatten() {
            send(before, callback, &[], &mut next.messages, &mut children)?;
        }
        if let Some((first, rest)) = embed.chain.as_deref().and_then(<[_]>::split_last) {
            send(before, first, rest, &mut next.messages, &mut children)?;
        }
        next.children = children.into();
        Ok(next)
    }

    /// What comes after the failure of a task: its errbacks get its id.
    pub(super) fn after_failure(&self, queue: &str, task: &Task) -> Vec<Outgoing> {
        let Ok(value) = raw(&task.headers.id) else {
            return Vec::new();
        };
        let before = Before {
            queue,
            task,
            value: &value,
        };
        let mut messages = Vec::new();
        for errback in task.body.2.errbacks.iter().flatten() {
            // One that cannot be read keeps no other from being called.
            if let Err(exception) = send(before, errback, &[], &mut messages, &mut Vec::new()) {
                self.say(&format!(
                    "cannot call an errback of {}: {exception}",
                    task.headers.id
                ));
            }
        }
        messages
    }
}

/// Makes the message of a signature, or those of its parts.
fn send(
    before: Before,
    signature: &Signature,
    rest: &[Signature],
    messages: &mut Vec<Outgoing>,
    children: &mut Vec<Value>,
) -> Result<(), Exception> {
    let unreadable = |error: serde_json::Error| {
        Exception::value_error(format!("what comes after the task cannot be read: {error}"))
    };
    let task = signature.task().map_err(unreadable)?;
    let kwargs = signature.kwargs().map_err(unreadable)?;
    let parts = || -> Result<Vec<Signature>, Exception> {
        let tasks = kwargs.get("tasks").map_or("[]", |tasks| tasks.get());
        serde_json::from_str(tasks).map_err(unreadable)
    };
    match task.as_str() {
        "celery.chord" => return Err(no_chords()),
        "celery.group" => {
            if !rest.is_empty() {
                return Err(no_chords());
            }
            let group = Uuid::new_v4().to_string();
            for (index, part) in (0..).zip(parts()?) {
                let first = messages.len();
                send(before, &part, &[], messages, children)?;
                join(&mut messages[first..], &group, index);
            }
            return Ok(());
        }
        "celery.chain" => {
            let mut chain = rest.to_vec();
            chain.extend(parts()?.into_iter().rev());
            let Some((first, rest)) = chain.split_last() else {
                return Ok(());
            };
            return send(before, first, rest, messages, children);
        }
        _ => {}
    }
    let options = signature.options().map_err(unreadable)?;
    let text = |name: &str| options.get(name).and_then(Value::as_str).map(str::to_owned);
    let mut args = signature.args().map_err(unreadable)?;
    if !signature.is_immutable().map_err(unreadable)? {
        args.insert(0, before.value.clone());
    }
    let id = text("task_id").unwrap_or_else(|| Uuid::new_v4().to_string());
    let headers = &before.task.headers;
    let embed = Embed {
        callbacks: linked(&options, "link").map_err(unreadable)?,
        errbacks: linked(&options, "link_error").map_err(unreadable)?,
        chain: (!rest.is_empty()).then(|| rest.to_vec()),
        chord: options.get("chord").cloned(),
    };
    let reply_to = text("reply_to").or_else(|| before.task.reply_to.clone());
    let mut message = Task::new(id.clone(), &task, Body(args, kwargs, embed), reply_to);
    message.headers.root_id.clone_from(&headers.root_id);
    message.headers.parent_id = Some(headers.id.clone());
    message.headers.group = text("group_id");
    message.headers.group_index = options.get("group_index").and_then(Value::as_i64);
    message.headers.eta = text("eta");
    message.headers.expires = text("expires");
    let own = knows(&task).then_some(before.queue);
    let queue = text("queue").or_else(|| text("routing_key"));
    let queue = queue.unwrap_or_else(|| own.unwrap_or(CELERY).to_owned());
    let queue = short(&queue).map_err(Exception::value_error)?;
    let (properties, body) = message.encode().map_err(Exception::value_error)?;
    children.push(json!([[id, null], null]));
    messages.push(Outgoing {
        queue,
        properties,
        body,
    });
    Ok(())
}

/// Callbacks among the options of a signature: one, or a list.
fn linked(options: &Map<String, Value>, name: &str) -> serde_json::Result<Option<Vec<Signature>>> {
    Ok(match options.get(name) {
        None | Some(Value::Null) => None,
        Some(Value::Array(_)) => Some(serde_json::from_str(&options[name].to_string())?),
        Some(one) => Some(vec![serde_json::from_str(&one.to_string())?]),
    })
}

/// Makes messages members of a group.
fn join(messages: &mut [Outgoing], group: &str, index: i32) {
    use lapin::types::AMQPValue;
    for message in messages {
        let mut headers = message.properties.headers().clone().unwrap_or_default();
        headers.insert("group".into(), AMQPValue::LongString(group.into()));
        headers.insert("group_index".into(), AMQPValue::LongInt(index));
        message.properties = message.properties.clone().with_headers(headers);
    }
}
