//! Connections kept for reuse, for techniques whose calls block.

use std::io::{self, Read};
use std::mem;
use std::time::Instant;

use anyhow::{Context, Result};
use http::header::ACCEPT_ENCODING;
use reqwest::blocking::{Client, Response};
use reqwest::redirect;

use super::policy::{Answer, Policy, REDIRECTS};
use crate::stop;

/// A body of so many bytes is worth no piecemeal reading, which costs a tenth more.
const SMALL: u64 = 1 << 20;

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
            .referer(false)
            .no_proxy()
            .connect_timeout(policy.connect)
            .timeout(policy.part)
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
        let mut request = self.client.get(url);
        let left = policy.part_left();
        if left < policy.part {
            // The deadline is near. To reqwest this bounds head and body together, and not each by itself.
            request = request.timeout(left);
        }
        if policy.compressed() {
            request = request.header(ACCEPT_ENCODING, "gzip");
        }
        let mut response = request.send().map_err(reqwest::Error::without_url)?;
        let end = Instant::now() + policy.part_left();
        let (status, headers) = (response.status(), mem::take(response.headers_mut()));

        let announced = response.content_length();
        policy.admit(announced.unwrap_or_default())?;
        let body = match announced {
            // In one go, which takes no longer than the head may take, and no more than was announced.
            Some(length) if length <= SMALL => {
                response.bytes().map_err(reqwest::Error::without_url)?
            }
            _ => {
                let mut body = Vec::new();
                Timed(&mut response, end)
                    .take(policy.largest + 1)
                    .read_to_end(&mut body)?;
                policy.admit(body.len() as u64)?;
                body.into()
            }
        };
        Answer::new(status, &headers, body, policy)
    }
}

/// A body that must have been read by then. reqwest's own timeout bounds each read by itself: a server that sends a byte now
/// and then would never exceed it.
struct Timed<'r>(&'r mut Response, Instant);

impl Read for Timed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Self(response, end) = self;
        let read = response.read(buffer);
        if Instant::now() > *end {
            return Err(io::ErrorKind::TimedOut.into());
        }
        read
    }
}
