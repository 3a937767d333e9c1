//! What [`shared::download::Session`] is to techniques whose calls block: connections kept for reuse, within the limits of a
//! policy.

use std::mem;
use std::sync::Arc;

use anyhow::Result;
use bytes::Bytes;
use reqwest::{Client, Error, Response};
use shared::download::{Answer, Kept, Page, Policy, Reply, Tries};
use shared::stop;
use tokio::time;

/// A session that tasks share by cloning it.
#[derive(Clone)]
pub struct Session {
    client: Client,
    kept: Arc<Kept>,
    policy: Arc<Policy>,
}

impl Session {
    /// A session without connections yet. From now on an interrupt ends this process gently.
    pub fn new(policy: &Policy) -> Result<Self> {
        stop::listen()?;
        Ok(Self {
            client: policy.client()?.build()?,
            kept: Arc::default(),
            policy: Arc::new(policy.clone()),
        })
    }

    /// Asks for a page, as often as the policy allows.
    pub async fn get(&self, page: &Page) -> Result<Answer> {
        let mut tries = Tries::new(page, &self.policy);
        while let Some(url) = tries.next_url() {
            let reply = self.ask(&url).await;
            if let Some(pause) = tries.judge(reply) {
                time::sleep(pause).await;
            }
        }
        tries.answer()
    }

    async fn ask(&self, url: &str) -> Result<Reply> {
        loop {
            match self.send(url).await {
                Err(error) if self.kept.forget(error.as_ref()) => {}
                reply => return reply,
            }
        }
    }

    async fn send(&self, url: &str) -> Result<Reply> {
        let policy = &self.policy;
        let request = self.client.get(url).send();
        let mut response = time::timeout(policy.part_left(), request)
            .await?
            .map_err(Error::without_url)?;
        self.kept.remember(response.extensions());

        let (status, headers) = (response.status(), mem::take(response.headers_mut()));
        let body = if policy.wants_body(status, response.content_length())? {
            time::timeout(policy.part_left(), read(response, policy)).await??
        } else {
            Bytes::new()
        };
        Ok(Reply {
            status,
            headers,
            body,
        })
    }
}

async fn read(mut response: Response, policy: &Policy) -> Result<Bytes> {
    if response.content_length().is_some() {
        // No more than was announced.
        return Ok(response.bytes().await.map_err(Error::without_url)?);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Error::without_url)? {
        policy.admit((body.len() + chunk.len()) as u64)?;
        body.extend_from_slice(&chunk);
    }
    Ok(body.into())
}
