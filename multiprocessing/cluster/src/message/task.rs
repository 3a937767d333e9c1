//! A task message, protocol 2: properties, headers and body.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use lapin::BasicProperties;
use lapin::types::ShortString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Body, JSON, PERSISTENT, from_table, normalised, repr, to_table};

/// A task as a message.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub headers: Headers,
    pub body: Body,
    pub reply_to: Option<String>,
    pub priority: u8,
    /// The broker drops it after so many milliseconds, in digits.
    pub expiration: Option<String>,
}

/// The headers of a task.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Headers {
    #[serde(default = "py")]
    pub lang: String,
    pub task: String,
    pub id: String,
    #[serde(default)]
    pub shadow: Option<String>,
    #[serde(default)]
    pub eta: Option<String>,
    #[serde(default)]
    pub expires: Option<String>,
    #[serde(default)]
    pub group: Option<String>,
    #[serde(default)]
    pub group_index: Option<i64>,
    #[serde(default)]
    pub retries: Option<u32>,
    /// Hard and soft, in seconds.
    #[serde(default)]
    pub timelimit: Option<(Option<f64>, Option<f64>)>,
    #[serde(default)]
    pub root_id: Option<String>,
    #[serde(default)]
    pub parent_id: Option<String>,
    #[serde(default)]
    pub argsrepr: Option<String>,
    #[serde(default)]
    pub kwargsrepr: Option<String>,
    #[serde(default)]
    pub origin: Option<String>,
    #[serde(default)]
    pub ignore_result: Option<bool>,
    /// Workers that it has killed.
    #[serde(rename = "cluster-deaths", default, skip_serializing_if = "is_none")]
    pub deaths: u32,
    /// How many it may kill. It is answered with the last.
    #[serde(
        rename = "cluster-tries",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub tries: Option<u32>,
    /// Each item of a chunk is answered for itself.
    #[serde(
        rename = "cluster-each",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub each: Option<bool>,
    /// What versions of Celery add.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

fn py() -> String {
    "py".to_owned()
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks for a reference
fn is_none(deaths: &u32) -> bool {
    *deaths == 0
}

/// Why a message is no task, and whom to tell.
#[derive(Debug)]
pub(crate) struct TaskError {
    pub reason: String,
    pub id: Option<String>,
    pub reply_to: Option<String>,
}

impl Task {
    /// A task of this client's.
    pub(crate) fn new(id: String, task: &str, body: Body, reply_to: Option<String>) -> Task {
        let headers = Headers {
            lang: py(),
            task: task.to_owned(),
            root_id: Some(id.clone()),
            id,
            shadow: None,
            eta: None,
            expires: None,
            group: None,
            group_index: None,
            retries: Some(0),
            timelimit: Some((None, None)),
            parent_id: None,
            argsrepr: Some(shown(&body.0, '(', ')')),
            kwargsrepr: Some(shown_pairs(&body)),
            origin: Some(format!("{}@{}", std::process::id(), hostname())),
            ignore_result: Some(reply_to.is_none()),
            deaths: 0,
            tries: None,
            each: None,
            more: Map::new(),
        };
        Task {
            headers,
            body,
            reply_to,
            priority: 0,
            expiration: None,
        }
    }

    /// Reads a message.
    ///
    /// # Errors
    ///
    /// If it is none of protocol 2 in JSON.
    pub(crate) fn decode(properties: &BasicProperties, data: &[u8]) -> Result<Task, TaskError> {
        let text = |text: &Option<ShortString>| {
            let text = text.as_ref().map(ToString::to_string);
            text.filter(|text| !text.is_empty())
        };
        let reply_to = text(properties.reply_to());
        let mut id = text(properties.correlation_id());
        let table = properties.headers().as_ref();
        let object = table.map(from_table).unwrap_or_default();
        if let Some(Value::String(header)) = object.get("id") {
            id = Some(header.clone());
        }
        let refuse = |reason: String| TaskError {
            reason,
            id: id.clone(),
            reply_to: reply_to.clone(),
        };
        if !object.contains_key("task") {
            return Err(refuse(
                "it has no header `task`: a message of protocol 1, or no task".into(),
            ));
        }
        if object.get("compression").is_some_and(|it| !it.is_null()) {
            return Err(refuse("its body is compressed".into()));
        }
        let content = text(properties.content_type());
        if let Some(other) = content.filter(|content| content != JSON) {
            return Err(refuse(format!("its content is {other}, not {JSON}")));
        }
        let headers: Headers = serde_json::from_value(Value::Object(object))
            .map_err(|error| refuse(format!("its headers: {error}")))?;
        let body = body(data).map_err(|error| refuse(format!("its body: {error}")))?;
        Ok(Task {
            headers,
            body,
            reply_to,
            priority: properties.priority().unwrap_or(0),
            expiration: text(properties.expiration()),
        })
    }

    /// The message.
    ///
    /// # Errors
    ///
    /// If a text is too long for a property (255 bytes).
    pub(crate) fn encode(&self) -> Result<(BasicProperties, Vec<u8>), String> {
        let short = |text: &str| ShortString::try_new(text).map_err(|error| error.to_string());
        let headers = match serde_json::to_value(&self.headers).map_err(|it| it.to_string())? {
            Value::Object(headers) => headers,
            other => return Err(format!("headers are {other}")),
        };
        let mut properties = BasicProperties::default()
            .with_content_type(JSON.into())
            .with_content_encoding("utf-8".into())
            .with_delivery_mode(PERSISTENT)
            .with_priority(self.priority)
            .with_correlation_id(short(&self.headers.id)?)
            .with_reply_to(short(self.reply_to.as_deref().unwrap_or_default())?)
            .with_headers(to_table(&headers));
        if let Some(expiration) = &self.expiration {
            properties = properties.with_expiration(short(expiration)?);
        }
        let body = serde_json::to_vec(&self.body).map_err(|error| error.to_string())?;
        Ok((properties, body))
    }

    /// When it may begin.
    ///
    /// # Errors
    ///
    /// If that is no date.
    pub(crate) fn eta(&self) -> Result<Option<Timestamp>, String> {
        self.headers.eta.as_deref().map(date).transpose()
    }

    /// When it is of no more use.
    ///
    /// # Errors
    ///
    /// If that is no date.
    pub(crate) fn expires(&self) -> Result<Option<Timestamp>, String> {
        self.headers.expires.as_deref().map(date).transpose()
    }

    /// The hard and the soft time limit.
    pub(crate) fn limits(&self) -> (Option<f64>, Option<f64>) {
        self.headers.timelimit.unwrap_or_default()
    }

    /// Where its result goes.
    pub(crate) fn answers(&self) -> Option<&str> {
        let ignored = self.headers.ignore_result == Some(true);
        self.reply_to.as_deref().filter(|_| !ignored)
    }
}

/// The body. Typed values of kombu 5.3 and newer become plain ones.
fn body(data: &[u8]) -> serde_json::Result<Body> {
    let has_types = data.windows(10).any(|window| window == br#""__type__""#);
    match has_types {
        false => serde_json::from_slice(data),
        true => {
            let value = normalised(serde_json::from_slice(data)?);
            serde_json::from_str(&value.to_string())
        }
    }
}

fn date(text: &str) -> Result<Timestamp, String> {
    let naive = || {
        let civil: DateTime = text.parse()?;
        civil.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp())
    };
    text.parse()
        .or_else(|_| naive())
        .map_err(|error: jiff::Error| format!("{text} is no date: {error}"))
}

/// Longer texts are cut in `argsrepr`, for people alone.
const SHOWN: usize = 1024;

fn shown(values: &[super::Raw], open: char, close: char) -> String {
    let mut text = String::from(open);
    for (place, value) in values.iter().enumerate() {
        if place > 0 {
            text += ", ";
        }
        text += &one(value);
        if text.len() > SHOWN {
            return text + "...";
        }
    }
    if values.len() == 1 && open == '(' {
        text.push(',');
    }
    text.push(close);
    text
}

fn shown_pairs(body: &Body) -> String {
    let mut text = String::from("{");
    for (place, (key, value)) in body.1.iter().enumerate() {
        if place > 0 {
            text += ", ";
        }
        text += &format!("'{key}': {}", one(value));
        if text.len() > SHOWN {
            return text + "...";
        }
    }
    text + "}"
}

fn one(value: &super::Raw) -> String {
    match value.get() {
        long if long.len() > SHOWN => "...".to_owned(),
        text => serde_json::from_str(text).map_or_else(|_| text.to_owned(), |it| repr(&it)),
    }
}

/// The name of this machine.
pub(crate) fn hostname() -> String {
    rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Outcome, Signature};

    /// Messages between Celery 5.7.0 and RabbitMQ 3.10.8, as they were on the wire, bodies decoded.
    fn captured() -> Value {
        serde_json::from_str(include_str!("../../tests/messages.json")).unwrap()
    }

    fn properties(message: &Value) -> BasicProperties {
        let it = &message["properties"];
        let text = |name: &str| ShortString::from(it[name].as_str().unwrap_or_default());
        BasicProperties::default()
            .with_content_type(text("content_type"))
            .with_content_encoding(text("content_encoding"))
            .with_correlation_id(text("correlation_id"))
            .with_reply_to(text("reply_to"))
            .with_expiration(text("expiration"))
            .with_priority(it["priority"].as_u64().unwrap() as u8)
            .with_headers(to_table(it["headers"].as_object().unwrap()))
    }

    #[test]
    fn celerys_tasks_are_read_and_written_again_without_a_difference() {
        let captured = captured();
        let tasks = captured["tasks"].as_array().unwrap();
        assert_eq!(tasks.len(), 5);
        for message in tasks {
            let data = message["body"].to_string().into_bytes();
            let task = Task::decode(&properties(message), &data).unwrap();
            let (properties, body) = task.encode().unwrap();
            let body: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(body, message["body"]);
            let headers = Value::from(from_table(properties.headers().as_ref().unwrap()));
            assert_eq!(headers, message["properties"]["headers"]);
            for (name, value) in [
                ("correlation_id", properties.correlation_id()),
                ("reply_to", properties.reply_to()),
                ("content_type", properties.content_type()),
                ("content_encoding", properties.content_encoding()),
            ] {
                let value = value.as_ref().map(ShortString::as_str);
                assert_eq!(value, message["properties"][name].as_str(), "{name}");
            }
            assert_eq!(*properties.delivery_mode(), Some(PERSISTENT));
        }
    }

    #[test]
    fn celerys_results_are_read_and_written_again_without_a_difference() {
        let captured = captured();
        for message in captured["results"].as_array().unwrap() {
            let outcome: Outcome = serde_json::from_str(&message["body"].to_string()).unwrap();
            assert_eq!(serde_json::to_value(&outcome).unwrap(), message["body"]);
        }
    }

    #[test]
    fn a_date_is_read_with_and_without_its_zone() {
        let date = |text| date(text).unwrap().to_string();
        assert_eq!(
            date("2026-11-28T20:25:28.590422+00:00"),
            "2026-11-28T20:25:28.590422Z"
        );
        assert_eq!(date("2026-11-28T20:25:28"), "2026-11-28T20:25:28Z");
    }

    #[test]
    fn a_chain_keeps_its_signatures() {
        let captured = captured();
        let data = captured["tasks"][4]["body"].to_string();
        let body: Body = serde_json::from_str(&data).unwrap();
        let chain: Vec<Signature> = body.2.chain.unwrap();
        assert_eq!(chain[0].task().unwrap(), "proj.add");
        assert!(!chain[0].is_immutable().unwrap());
    }
}
