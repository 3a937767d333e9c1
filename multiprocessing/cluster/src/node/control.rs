//! Remote control: requests to all nodes or to this one, and the answers.

use std::fs;

use lapin::BasicProperties;
use lapin::message::Delivery;
use lapin::types::ShortString;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::job::{Job, Key, Stage, Stop};
use super::slot::Slot;
use super::{Event, Node, Phase};
use crate::amqp::queue_name;
use crate::error::Error;
use crate::exception::too_large;
use crate::message::{JSON, from_table, now, to_table};
use crate::tasks::names;

/// A request.
#[derive(Deserialize)]
struct Request {
    method: String,
    #[serde(default)]
    arguments: Option<Map<String, Value>>,
    #[serde(default)]
    destination: Option<Vec<String>>,
    #[serde(default)]
    pattern: Option<String>,
    #[serde(default)]
    matcher: Option<String>,
    #[serde(default)]
    ticket: Option<String>,
    #[serde(default)]
    reply_to: Option<ReplyTo>,
}

#[derive(Deserialize)]
struct ReplyTo {
    exchange: String,
    routing_key: String,
}

/// The caller that waits for an answer, if there is one.
pub(crate) struct Asker {
    reply_to: Option<ReplyTo>,
    ticket: Option<String>,
}

/// A queue that is being added.
pub(crate) struct Coming {
    queue: String,
    /// The callers that have asked meanwhile for its end.
    cancelled: Vec<Asker>,
}

impl Node {
    /// Does what a request asks for, and answers it.
    pub(super) fn control(&mut self, delivery: &Delivery) {
        let headers = delivery.properties.headers().as_ref();
        let headers = headers.map(from_table).unwrap_or_default();
        let clock = headers.get("clock").and_then(Value::as_u64).unwrap_or(0);
        // Lamport's clock.
        self.clock = self.clock.max(clock).saturating_add(1);
        let expires = headers.get("expires").and_then(Value::as_f64);
        if expires.is_some_and(|time| time < now()) {
            return;
        }
        let Ok(request) = serde_json::from_slice::<Request>(&delivery.data) else {
            return;
        };
        if !self.is_meant(&request) {
            return;
        }
        let arguments = request.arguments.unwrap_or_default();
        let asker = Asker {
            reply_to: request.reply_to,
            ticket: request.ticket,
        };
        match request.method.as_str() {
            "add_consumer" => self.add_consumer(&arguments, asker),
            "cancel_consumer" => self.cancel_consumer(&arguments, asker),
            method => {
                let answer = self.answer(method, &arguments);
                self.reply(asker, answer);
            }
        }
    }

    fn is_meant(&self, request: &Request) -> bool {
        if let Some(destination) = &request.destination {
            return destination.contains(&self.name);
        }
        match (request.pattern.as_deref(), request.matcher.as_deref()) {
            (None, _) => true,
            (Some(pattern), Some("pcre")) => regex::Regex::new(&format!("^(?:{pattern})"))
                .is_ok_and(|pattern| pattern.is_match(&self.name)),
            (Some(pattern), _) => {
                glob::Pattern::new(pattern).is_ok_and(|pattern| pattern.matches(&self.name))
            }
        }
    }

    /// Answers a request; null is no answer.
    fn reply(&mut self, asker: Asker, answer: Result<Value, String>) {
        let answer = answer.unwrap_or_else(|error| json!({"error": error}));
        let (Some(to), false) = (asker.reply_to, answer.is_null()) else {
            return;
        };
        let (Some(session), Ok(exchange), Ok(key)) = (
            &self.session,
            ShortString::try_new(to.exchange.as_str()),
            ShortString::try_new(to.routing_key.as_str()),
        ) else {
            return;
        };
        self.clock += 1;
        let headers = json!({"ticket": asker.ticket, "clock": self.clock});
        let headers = headers.as_object().map(to_table).unwrap_or_default();
        let properties = BasicProperties::default()
            .with_content_type(JSON.into())
            .with_content_encoding("utf-8".into())
            .with_delivery_mode(1)
            .with_priority(0)
            .with_headers(headers);
        let mut body = json!({ &self.name: answer }).to_string().into_bytes();
        if let Some(most) = self.most_bytes.filter(|most| body.len() > *most) {
            let error = json!({"error": too_large(body.len(), most)});
            body = json!({ &self.name: error }).to_string().into_bytes();
        }
        session.answer(exchange, key, properties, body);
    }

    /// The answer to a request; null where there is none.
    fn answer(&mut self, method: &str, it: &Map<String, Value>) -> Result<Value, String> {
        Ok(match method {
            "ping" => json!({"ok": "pong"}),
            "stats" => self.stats(),
            "registered" => names().into(),
            "conf" => self.conf(),
            "clock" => json!({"clock": self.clock}),
            "report" => json!({"ok": format!(
                "software -> cluster:{} rust\nplatform -> system:Linux\nbroker_url: '{}'\n",
                env!("CARGO_PKG_VERSION"), self.address)}),
            "active" => self.shown(|job| matches!(job.stage, Stage::Running(_))),
            "reserved" => self.shown(|job| matches!(job.stage, Stage::Waiting | Stage::Sent)),
            "scheduled" => self.scheduled(),
            "revoked" => json!(self.revoked.ids()),
            "query_task" => self.query(&texts(it, "ids")),
            "active_queues" => self.queues.iter().map(|queue| shown_queue(queue)).collect(),
            "hello" => match it.get("from_node").and_then(Value::as_str) {
                Some(node) if node != self.name => json!({"revoked": {}, "clock": self.clock}),
                _ => Value::Null,
            },
            "enable_events" => self.enable_events(true),
            "disable_events" => self.enable_events(false),
            "heartbeat" => {
                self.tell_worker("worker-heartbeat");
                json!({"ok": "heartbeat sent"})
            }
            "revoke" => {
                let terminate = it.get("terminate").and_then(Value::as_bool);
                self.revoke_all(&texts(it, "task_id"), terminate.unwrap_or(false))
            }
            "terminate" => self.revoke_all(&texts(it, "task_id"), true),
            "time_limit" => self.set_time_limit(it)?,
            "rate_limit" => return Err("a node has no rate limits".to_owned()),
            "pool_grow" => self.grow(count(it)?)?,
            "pool_shrink" => self.shrink(count(it)?)?,
            "shutdown" => {
                if self.phase == Phase::Working {
                    self.leave();
                }
                Value::Null
            }
            other => return Err(format!("a node knows no request `{other}`")),
        })
    }

    fn stats(&self) -> Value {
        let pids: Vec<_> = self.slots.iter().map(Slot::pid).collect();
        let (user, system, memory) = usage();
        json!({
            "total": self.total,
            "pid": std::process::id(),
            "clock": self.clock.to_string(),
            "uptime": self.start.elapsed().as_secs(),
            "prefetch_count": self.wanted(),
            "rusage": {"utime": user, "stime": system, "maxrss": memory},
            "pool": {
                "implementation": "multiprocessing::Pool",
                "max-concurrency": self.slots.len(),
                "processes": pids,
                "max-tasks-per-child": "N/A",
                "timeouts": [0, self.time_limit.unwrap_or(0.0)],
            },
            "broker": {
                "hostname": self.address.host(),
                "port": self.address.port(),
                "userid": self.address.user(),
                "virtual_host": self.address.vhost(),
                "transport": "amqp",
                "ssl": self.address.is_encrypted(),
                "login_method": "PLAIN",
                "heartbeat": 5.0,
                "connect_timeout": 4,
                "transport_options": {},
                "failover_strategy": "round-robin",
                "alternates": [],
                "uri_prefix": null,
                "insist": false,
            },
        })
    }

    fn conf(&self) -> Value {
        json!({
            "broker_url": self.address.to_string(),
            "result_backend": "rpc:///",
            "accept_content": ["json"],
            "task_serializer": "json",
            "result_serializer": "json",
            "task_acks_late": true,
            "task_reject_on_worker_lost": true,
            "task_time_limit": self.time_limit,
            "worker_prefetch_multiplier": self.at_once() as f64 / self.slots.len().max(1) as f64,
            "worker_concurrency": self.slots.len(),
            "task_default_queue": self.queues.first(),
            "worker_send_task_events": self.tells,
            "timezone": "UTC",
            "enable_utc": true,
        })
    }

    fn shown(&self, which: impl Fn(&Job) -> bool) -> Value {
        let jobs = self.jobs.values().filter(|job| which(job));
        jobs.map(|job| self.shown_job(job)).collect()
    }

    fn shown_job(&self, job: &Job) -> Value {
        let headers = &job.task.headers;
        let run = match &job.stage {
            Stage::Running(run) => Some(run),
            _ => None,
        };
        let value = |text: &str| serde_json::from_str(text).unwrap_or(Value::Null);
        let args: Vec<Value> = job.task.body.0.iter().map(|it| value(it.get())).collect();
        let kwargs = job.task.body.1.iter();
        let kwargs: Map<_, _> = kwargs
            .map(|(key, it)| (key.clone(), value(it.get())))
            .collect();
        json!({
            "id": headers.id,
            "name": headers.task,
            "type": headers.task,
            "args": args,
            "kwargs": kwargs,
            "hostname": self.name,
            "time_start": run.map(|run| run.started),
            "worker_pid": run.map(|run| run.pid),
            "acknowledged": false,
            "delivery_info": {
                "exchange": "",
                "routing_key": job.queue,
                "priority": job.task.priority,
                "redelivered": job.redelivered,
            },
        })
    }

    fn scheduled(&self) -> Value {
        let jobs = self.jobs.values();
        let jobs = jobs.filter(|job| matches!(job.stage, Stage::Scheduled(_)));
        jobs.map(|job| {
            json!({
                "eta": job.task.headers.eta,
                "priority": job.task.priority,
                "request": self.shown_job(job),
            })
        })
        .collect()
    }

    fn query(&self, ids: &[String]) -> Value {
        let mut found = Map::new();
        for job in self.jobs.values() {
            let id = &job.task.headers.id;
            if ids.contains(id) {
                let state = match job.stage {
                    Stage::Running(_) => "active",
                    Stage::Scheduled(_) => "scheduled",
                    Stage::Waiting | Stage::Sent => "reserved",
                    Stage::Settling(_) => "ready",
                };
                found.insert(id.clone(), json!([state, self.shown_job(job)]));
            }
        }
        found.into()
    }

    fn enable_events(&mut self, tells: bool) -> Value {
        let text = match (self.tells, tells) {
            (false, true) => "task events enabled",
            (true, true) => "task events already enabled",
            (true, false) => "task events disabled",
            (false, false) => "task events already disabled",
        };
        self.tells = tells;
        json!({ "ok": text })
    }

    fn revoke_all(&mut self, ids: &[String], terminate: bool) -> Value {
        for id in ids {
            self.revoked.add(id);
        }
        let listed = |job: &Job| ids.contains(&job.task.headers.id);
        let keys = self.jobs.iter().filter(|(_, job)| listed(job));
        let keys: Vec<_> = keys.map(|(key, _)| *key).collect();
        for key in keys {
            match self.jobs.get_mut(&key).map(|job| &mut job.stage) {
                Some(Stage::Waiting | Stage::Scheduled(_)) => self.revoke(key, "revoked"),
                Some(Stage::Sent) => {
                    let slot = self.slots.iter().position(|slot| slot.has(key));
                    // It has been begun otherwise, and this node does not know yet that the one before has ended.
                    if let Some(place) = slot
                        && !self.slots[place].take_back(key)
                        && terminate
                    {
                        self.run_now(key, place);
                        self.terminate(key);
                    }
                }
                Some(Stage::Running(_)) if terminate => self.terminate(key),
                _ => {}
            }
        }
        self.set_prefetch();
        let what = if terminate { "terminating" } else { "tasks" };
        json!({"ok": format!("{what} {} flagged as revoked", ids.join(", "))})
    }

    /// Kills the worker that runs a job.
    fn terminate(&mut self, key: Key) {
        if let Some(Stage::Running(run)) = self.jobs.get_mut(&key).map(|job| &mut job.stage)
            && run.stop.is_none()
        {
            run.stop = Some(Stop::Revoked);
            let slot = self.slots.iter_mut().find(|it| it.number == run.slot);
            slot.into_iter().for_each(Slot::kill);
        }
    }

    fn set_time_limit(&mut self, it: &Map<String, Value>) -> Result<Value, String> {
        let name = it.get("task_name").and_then(Value::as_str);
        let name = name.ok_or("time_limit names a task: task_name")?;
        if !crate::tasks::knows(name) {
            return Err(format!("unknown task: {name}"));
        }
        let limit = |name| it.get(name).and_then(Value::as_f64).filter(|it| *it > 0.0);
        let limits = (limit("hard"), limit("soft"));
        self.limits.insert(name.to_owned(), limits);
        Ok(json!({"ok": "time limits set successfully"}))
    }

    fn grow(&mut self, count: usize) -> Result<Value, String> {
        for _ in 0..count {
            let slot = Slot::new(self.next_slot).map_err(|error| error.to_string())?;
            self.next_slot += 1;
            self.slots.push(slot);
        }
        self.resize(count as i64);
        self.dispatch();
        Ok(json!({"ok": "pool will grow"}))
    }

    fn shrink(&mut self, count: usize) -> Result<Value, String> {
        let staying = self.slots.iter().filter(|slot| !slot.leaving).count();
        if count >= staying {
            return Err(format!("of {staying} workers at least one has to stay"));
        }
        // Free ones first; others leave when they have finished.
        for _ in 0..count {
            match self.slots.iter().position(Slot::is_free) {
                Some(place) => self.slots.remove(place).end(),
                None => {
                    let busy = self.slots.iter_mut().find(|slot| !slot.leaving);
                    busy.into_iter().for_each(|slot| {
                        slot.leaving = true;
                        slot.take_all_back();
                    });
                }
            }
        }
        self.resize(-(count as i64));
        Ok(json!({"ok": "pool will shrink"}))
    }

    /// As many messages more or less as that many workers may keep waiting.
    fn resize(&mut self, workers: i64) {
        if let Some(prefetch) = &mut self.prefetch {
            let resized = i64::from(*prefetch) + workers * self.pace.each() as i64;
            *prefetch = resized.clamp(1, i64::from(u16::MAX)) as u16;
        }
        self.set_prefetch();
    }

    /// The broker may take its time, in which the node goes on.
    fn add_consumer(&mut self, it: &Map<String, Value>, asker: Asker) {
        let queue = it.get("queue").and_then(Value::as_str).unwrap_or_default();
        let queue = match queue_name(queue) {
            Ok(queue) => queue,
            Err(error) => return self.reply(asker, Err(error.to_string())),
        };
        let coming = self.coming.iter_mut().find(|it| it.queue == queue);
        let is_coming = coming.is_some();
        let cancelled = coming.map(|it| std::mem::take(&mut it.cancelled));
        for asker in cancelled.into_iter().flatten() {
            self.removed(&queue, asker);
        }
        if is_coming || self.queues.contains(&queue) {
            let text = format!("already consuming from {queue}");
            return self.reply(asker, Ok(json!({ "ok": text })));
        }
        let Some(session) = &self.session else {
            return;
        };
        let (consuming, number) = (session.consume(&queue), session.number);
        let (address, events) = (self.address.clone(), self.sender.clone());
        self.coming.push(Coming {
            queue: queue.clone(),
            cancelled: Vec::new(),
        });
        tokio::spawn(async move {
            let consumer = address.in_time(consuming).await;
            let _ = events.send(Event::Added(number, queue, consumer, asker));
        });
    }

    /// A queue has a consumer, or cannot have one.
    pub(super) fn added(
        &mut self,
        number: u64,
        queue: &str,
        consumer: Result<ShortString, Error>,
        asker: Asker,
    ) {
        let place = self.coming.iter().position(|it| it.queue == queue);
        let cancelled = place.map(|place| self.coming.swap_remove(place).cancelled);
        let answer = consumer.map_err(|error| error.to_string());
        let answer = answer.and_then(|consumer| {
            let session = self.session.as_mut().filter(|it| it.number == number);
            let session = session.ok_or("the connection was lost")?;
            session.keep(queue, consumer);
            if self.phase != Phase::Working {
                session.stop_consuming();
            }
            self.queues.push(queue.to_owned());
            Ok(json!({"ok": format!("add consumer {queue}")}))
        });
        self.reply(asker, answer);
        for asker in cancelled.into_iter().flatten() {
            self.cancel(queue, asker);
        }
    }

    fn cancel_consumer(&mut self, it: &Map<String, Value>, asker: Asker) {
        let queue = it.get("queue").and_then(Value::as_str).unwrap_or_default();
        match self.coming.iter_mut().find(|it| it.queue == queue) {
            // Its consumer has no name yet.
            Some(coming) => coming.cancelled.push(asker),
            None => self.cancel(queue, asker),
        }
    }

    fn cancel(&mut self, queue: &str, asker: Asker) {
        self.queues.retain(|it| it != queue);
        let Some(session) = &mut self.session else {
            return;
        };
        let (cancelling, queue) = (session.cancel(queue), queue.to_owned());
        let (address, events) = (self.address.clone(), self.sender.clone());
        tokio::spawn(async move {
            // Where that fails, the connection is lost, and the next one has no such consumer.
            let _ = address.in_time(cancelling).await;
            let _ = events.send(Event::Removed(queue, asker));
        });
    }

    /// A queue has no consumer any more.
    pub(super) fn removed(&mut self, queue: &str, asker: Asker) {
        let text = format!("no longer consuming from {queue}");
        self.reply(asker, Ok(json!({ "ok": text })));
    }
}

/// A text, or a list of texts.
fn texts(it: &Map<String, Value>, name: &str) -> Vec<String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match it.get(name) {
        Some(Value::Array(values)) => values.iter().filter_map(text).collect(),
        value => value.and_then(text).into_iter().collect(),
    }
}

/// How many workers a request adds or takes. The pool is that of one machine.
fn count(it: &Map<String, Value>) -> Result<usize, String> {
    let count = it.get("n").map_or(Some(1), Value::as_u64);
    let count = count.filter(|count| (1..=1000).contains(count));
    count
        .map(|count| count as usize)
        .ok_or_else(|| "n is from 1 to 1000".to_owned())
}

fn shown_queue(queue: &str) -> Value {
    json!({
        "name": queue,
        "exchange": {
            "name": "", "type": "direct", "arguments": null, "durable": true, "passive": false,
            "auto_delete": false, "delivery_mode": null, "no_declare": true,
        },
        "routing_key": queue,
        "queue_arguments": null,
        "binding_arguments": null,
        "consumer_arguments": null,
        "durable": true,
        "exclusive": false,
        "auto_delete": false,
        "no_ack": false,
        "alias": null,
        "bindings": [],
        "no_declare": null,
        "expires": null,
        "message_ttl": null,
        "max_length": null,
        "max_length_bytes": null,
        "max_priority": null,
    })
}

/// Seconds of user and system time, and the most KiB of memory, of this process.
fn usage() -> (f64, f64, u64) {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit(')').next().unwrap_or_default();
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |place: usize| {
        let ticks = fields.get(place).and_then(|it| it.parse::<f64>().ok());
        ticks.unwrap_or(0.0) / rustix::param::clock_ticks_per_second() as f64
    };
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let memory = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let memory = memory.and_then(|it| it.split_whitespace().next()?.parse().ok());
    (ticks(11), ticks(12), memory.unwrap_or(0))
}
