//! Connections kept for reuse, for techniques whose calls block.

use std::io::{self, Read};
use std::time::Instant;

use anyhow::{Context, Result};
use http::header::ACCEPT_ENCODING;
use reqwest::blocking::{Client, Response};
use reqwest::redirect;

use super::policy::{Answer, Policy, REDIRECTS};
use crate::stop;

/// A session of `reqwest::blocking`, within the limits of a policy.
#[derive(Debug)]
pub struct Session {
    client: Client,
    /// What it puts up with.
    pub policy: Policy,
}

impl Session {
    /// A session without connections yet. From now on an interrupt ends this process gently.
    ///
    /// # Errors
    ///
    /// If its certificates cannot be read.
    pub fn new(policy: &Policy) -> Result<Self> {
        stop::listen()?;
        let client = Client::builder()
            .tls_backend_preconfigured(policy.trust.tls()?)
            .redirect(redirect::Policy::limited(REDIRECTS))
            .connect_timeout(policy.connect)
            .timeout(policy.first_byte)
            .build()?;
        Ok(Self {
            client,
            policy: policy.clone(),
        })
    }

    /// Fetches the page at `url`.
    ///
    /// # Errors
    ///
    /// If no whole answer comes in time. An answer that is not the page is none of this function's errors.
    pub fn get(&self, url: &str) -> Result<Answer> {
        self.fetch(url).with_context(|| url.to_owned())
    }

    fn fetch(&self, url: &str) -> Result<Answer> {
        let policy = &self.policy;
        let end = Instant::now() + policy.whole_left();
        let mut request = self.client.get(url);
        if policy.deadline.is_some() {
            request = request.timeout(policy.first_byte_left());
        }
        if policy.compressed() {
            request = request.header(ACCEPT_ENCODING, "gzip");
        }
        let mut response = request.send().map_err(reqwest::Error::without_url)?;

        let announced = response.content_length().unwrap_or_default();
        policy.admit(announced)?;
        let mut body = Vec::with_capacity(announced as usize);
        Timed(&mut response, end)
            .take(policy.largest + 1)
            .read_to_end(&mut body)?;
        policy.admit(body.len() as u64)?;
        Answer::new(response.status(), response.headers(), body.into(), policy)
    }
}

/// A body that must have been read by then. reqwest's own timeout bounds each read by itself: a server that sends a byte
/// now and then would never exceed it.
struct Timed<'r>(&'r mut Response, Instant);

impl Read for Timed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Self(response, end) = self;
        if Instant::now() > *end {
            return Err(io::ErrorKind::TimedOut.into());
        }
        response.read(buffer)
    }
}
