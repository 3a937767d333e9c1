//! Events: what Flower, `celery events` and other monitors watch.

use std::fs;
use std::future::Future;

use lapin::BasicProperties;
use lapin::options::BasicPublishOptions;
use lapin::types::{AMQPValue, FieldTable};
use serde_json::{Value, json};

use super::job::{Key, Stage};
use super::{BEAT, Node};
use crate::message::{EVENTS, JSON, Task, now};

impl Node {
    /// Tells of this node.
    pub(super) fn tell_worker(&mut self, kind: &str) {
        if let Some(event) = self.worker_event(kind) {
            tokio::spawn(event);
        }
    }

    /// An event of this node, to be sent.
    pub(super) fn worker_event(
        &mut self,
        kind: &str,
    ) -> Option<impl Future<Output = ()> + Send + 'static> {
        let fields = json!({
            "freq": BEAT.as_secs_f64(),
            "active": self.slots.iter().filter(|slot| slot.runs().is_some()).count(),
            "processed": self.processed,
            "loadavg": load(),
            "sw_ident": "rust-cluster",
            "sw_ver": env!("CARGO_PKG_VERSION"),
            "sw_sys": "Linux",
        });
        self.event(kind, fields)
    }

    pub(super) fn tell_received(&mut self, task: &Task) {
        if !self.tells {
            return;
        }
        let headers = &task.headers;
        let fields = json!({
            "uuid": headers.id,
            "name": headers.task,
            "args": headers.argsrepr.as_deref().unwrap_or_default(),
            "kwargs": headers.kwargsrepr.as_deref().unwrap_or_default(),
            "root_id": headers.root_id,
            "parent_id": headers.parent_id,
            "retries": headers.retries.unwrap_or(0),
            "eta": headers.eta,
            "expires": headers.expires,
        });
        if let Some(event) = self.event("task-received", fields) {
            tokio::spawn(event);
        }
    }

    /// Tells of a job, if anybody wants to hear of it.
    pub(super) fn tell(&mut self, key: Key, kind: &str, mut fields: Value) {
        let Some(job) = self.jobs.get(&key).filter(|_| self.tells) else {
            return;
        };
        fields["uuid"] = job.task.headers.id.clone().into();
        if let Stage::Running(run) = &job.stage {
            fields["pid"] = run.pid.into();
        }
        if let Some(event) = self.event(kind, fields) {
            tokio::spawn(event);
        }
    }

    fn event(
        &mut self,
        kind: &str,
        mut fields: Value,
    ) -> Option<impl Future<Output = ()> + Send + 'static> {
        let channel = self.session.as_ref()?.control.clone();
        self.clock += 1;
        fields["type"] = kind.into();
        fields["hostname"] = self.name.clone().into();
        fields["clock"] = self.clock.into();
        fields["timestamp"] = now().into();
        fields["utcoffset"] = 0.into();
        if fields["pid"].is_null() {
            fields["pid"] = std::process::id().into();
        }
        let key = kind.replace('-', ".");
        let mut headers = FieldTable::default();
        let name = AMQPValue::LongString(self.name.as_str().into());
        headers.insert("hostname".into(), name);
        let properties = BasicProperties::default()
            .with_content_type(JSON.into())
            .with_content_encoding("utf-8".into())
            .with_delivery_mode(1)
            .with_headers(headers);
        let body = fields.to_string().into_bytes();
        // One that is larger than the broker takes would cost the connection.
        if self.most_bytes.is_some_and(|most| body.len() > most) {
            return None;
        }
        Some(async move {
            let options = BasicPublishOptions::default();
            // A monitor that misses one is no worse for it.
            let _ = channel
                .basic_publish(EVENTS.into(), key.into(), options, &body, properties)
                .await;
        })
    }
}

/// How busy this machine was in the last 1, 5 and 15 minutes.
fn load() -> [f64; 3] {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let mut numbers = text.split_whitespace().filter_map(|it| it.parse().ok());
    [(); 3].map(|()| numbers.next().unwrap_or(0.0))
}
