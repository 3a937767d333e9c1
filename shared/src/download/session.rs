//! Connections kept for reuse, for techniques whose calls block.

use std::io::{self, Read};
use std::mem;
use std::thread;
use std::time::Instant;

use anyhow::Result;
use bytes::Bytes;
use reqwest::Error;
use reqwest::blocking::{Client, ClientBuilder, Response};

use super::Page;
use super::answer::{Answer, Reply};
use super::kept::Kept;
use super::policy::Policy;
use super::tries::Tries;
use crate::stop;

/// A session of `reqwest::blocking`, within the limits of a policy.
#[derive(Debug)]
pub struct Session {
    client: Client,
    kept: Kept,
    policy: Policy,
}

impl Session {
    /// A session without connections yet. From now on an interrupt ends this process gently.
    ///
    /// # Errors
    ///
    /// If its certificates cannot be read.
    pub fn new(policy: &Policy) -> Result<Self> {
        stop::listen()?;
        let client = ClientBuilder::from(policy.client()?).timeout(policy.part);
        Ok(Self {
            client: client.build()?,
            kept: Kept::default(),
            policy: policy.clone(),
        })
    }

    /// Asks for a page, as often as the policy allows.
    ///
    /// # Errors
    ///
    /// If it cannot be had, and the run is not to go on without it.
    pub fn get(&self, page: &Page) -> Result<Answer> {
        let mut tries = Tries::new(page, &self.policy);
        while let Some(url) = tries.next_url() {
            let reply = self.ask(&url);
            if let Some(pause) = tries.judge(reply) {
                thread::sleep(pause);
            }
        }
        tries.answer()
    }

    fn ask(&self, url: &str) -> Result<Reply> {
        loop {
            match self.send(url) {
                Err(error) if self.kept.forget(error.as_ref()) => {}
                reply => return reply,
            }
        }
    }

    fn send(&self, url: &str) -> Result<Reply> {
        let policy = &self.policy;
        let mut request = self.client.get(url);
        let left = policy.part_left();
        if left < policy.part {
            // The deadline is near. To reqwest this bounds head and body together, and not each by itself.
            request = request.timeout(left);
        }
        let mut response = request.send().map_err(Error::without_url)?;
        self.kept.remember(response.extensions());

        let (status, headers) = (response.status(), mem::take(response.headers_mut()));
        let body = if policy.wants_body(status, response.content_length())? {
            read(response, policy)?
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

fn read(response: Response, policy: &Policy) -> Result<Bytes> {
    if response.content_length().is_some() {
        // No more than was announced, in no more time than a head may take.
        return Ok(response.bytes().map_err(Error::without_url)?);
    }
    let mut body = Vec::new();
    let end = Instant::now() + policy.part_left();
    Timed(response, end)
        .take(policy.largest.saturating_add(1))
        .read_to_end(&mut body)?;
    policy.admit(body.len() as u64)?;
    Ok(body.into())
}

/// A body that must have been read by then. reqwest's own timeout bounds each read by itself: a server that sends a byte now
/// and then would never exceed it.
struct Timed(Response, Instant);

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Self(response, end) = self;
        let read = response.read(buffer);
        if Instant::now() > *end {
            return Err(io::ErrorKind::TimedOut.into());
        }
        read
    }
}
