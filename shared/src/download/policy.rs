//! The limits of a client: how long it waits, how much it takes, how often it tries.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use http::StatusCode;
use http::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};
use reqwest::{Client, ClientBuilder, redirect};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use serde::{Deserialize, Serialize};

use super::trouble::{Trouble, causes, is_about_connecting};
use crate::outcome::Outcome;
use crate::stop::{self, Deadline};

/// Redirects that are followed from one page, at most.
pub const REDIRECTS: usize = 10;

/// Header lines that a reply may have, at most. hyper sets memory aside for so many with every reply: 5,000, as curl takes,
/// would cost each page some 60 µs.
const HEADERS: usize = 1000;

/// A pause between two tries is no longer than this; a server that asks for more is not asked again.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The pause before a second try, before jitter. It doubles from try to try.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The limits of a session. It can cross a process border.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// Whom it trusts.
    pub trust: Trust,
    /// How long a connection may take to come about.
    pub connect: Duration,
    /// How long the head of an answer may take, connecting included, and how long its body may take from there.
    pub part: Duration,
    /// How often a page is asked for at most, at least 1.
    pub tries: u32,
    /// The longest body that is taken, in bytes.
    pub largest: u64,
    /// Whether a page that cannot be had leaves the run going.
    pub keep_going: bool,
    /// What to multiply pauses with: those of the local server belong to the story, and are scaled with it.
    pub pace: f64,
    /// Whether receipts say how long their pages took.
    pub timed: bool,
    /// When no further page is begun, and what is on its way is given up.
    pub deadline: Option<Deadline>,
}

impl Default for Policy {
    /// Longer than the local server ever holds a page back, on a machine however busy.
    fn default() -> Self {
        Self {
            trust: Trust::None,
            connect: Duration::from_secs(10),
            part: Duration::from_secs(90),
            tries: 4,
            largest: 64 << 20,
            keep_going: false,
            pace: 1.0,
            timed: false,
            deadline: None,
        }
    }
}

impl Policy {
    /// Waits no longer than this for a page: half as long for its head, and half as long for its body.
    pub fn within(&mut self, limit: Duration) {
        self.part = limit / 2;
        self.connect = self.connect.min(limit / 2);
    }

    /// How long the head or the body of a page may take that is waited for from now on.
    pub fn part_left(&self) -> Duration {
        self.left(self.part)
    }

    fn left(&self, limit: Duration) -> Duration {
        let deadline = self.deadline.map(Deadline::left);
        deadline.map_or(limit, |left| limit.min(left))
    }

    /// Whether nothing further is to be begun.
    pub fn is_over(&self) -> bool {
        stop::asked()
            || self
                .deadline
                .is_some_and(|deadline| deadline.left().is_zero())
    }

    /// The client of a session, blocking or not: what it says to servers, and what it takes from them.
    ///
    /// # Errors
    ///
    /// If its certificates cannot be read.
    pub fn client(&self) -> Result<ClientBuilder> {
        let mut headers = HeaderMap::new();
        if self.trust != Trust::None {
            // Out in the world bytes are dearer than the time to unpack them.
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        }
        let client = Client::builder()
            .tls_backend_preconfigured(self.trust.tls()?)
            .connect_timeout(self.connect)
            .default_headers(headers)
            .no_proxy()
            // Tries follow redirects, which a client of reqwest 0.13 would let learn of users and passwords.
            .redirect(redirect::Policy::none())
            .http1_max_headers(HEADERS)
            .http1_allow_obsolete_multiline_headers_in_responses(true)
            .http1_allow_spaces_after_header_name_in_responses(true);
        Ok(client)
    }

    /// Whether the body of a reply with this status is worth reading: that of an error cannot make it less of one.
    ///
    /// # Errors
    ///
    /// If it is, and more bytes are announced than are taken.
    pub fn wants_body(&self, status: StatusCode, announced: Option<u64>) -> Result<bool> {
        if Outcome::of(status) != Outcome::Ok {
            return Ok(false);
        }
        self.admit(announced.unwrap_or_default())?;
        Ok(true)
    }

    /// Whether a body of this length is taken.
    ///
    /// # Errors
    ///
    /// If it is not.
    pub fn admit(&self, length: u64) -> Result<()> {
        if length > self.largest {
            return Err(Trouble::too_large(self.largest).into());
        }
        Ok(())
    }

    /// The trouble that no whole page came in time. Every library has words of its own for it.
    pub(super) fn late(&self, error: &(dyn Error + 'static)) -> Trouble {
        let message = if causes(error).any(is_about_connecting) && self.connect < self.part {
            format!("no connection within {:?}", self.connect)
        } else {
            "no whole page in time: raise --timeout to wait longer".to_owned()
        };
        Trouble::new(Outcome::Timeout, message)
    }

    /// How long to wait after so many tries: as long as the server `asked` for, or else longer from try to try, and not
    /// in step with others. `None` if that is too long. A deadline ends the pause.
    pub(super) fn pause(&self, made: u32, asked: Option<Duration>, dice: f64) -> Option<Duration> {
        let backoff = FIRST_PAUSE.saturating_mul(1 << (made - 1).min(16));
        let pause = asked.unwrap_or(backoff.min(LONGEST_PAUSE).mul_f64(0.5 + dice / 2.0));
        (pause <= LONGEST_PAUSE).then(|| self.left(pause.mul_f64(self.pace)))
    }
}

/// Whose certificates a session accepts.
///
/// Reading the system's certificates takes 4 to 40 ms, longer than most jobs here, so a session that needs none
/// does not read them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trust {
    /// None: the local server speaks plain HTTP.
    None,
    /// Those that the system trusts.
    System,
    /// Those that the authorities in this PEM file have signed, and no others.
    Authorities(PathBuf),
}

impl Trust {
    /// The TLS side of a session.
    ///
    /// # Errors
    ///
    /// If the certificates that are wanted cannot be read.
    pub fn tls(&self) -> Result<ClientConfig> {
        let mut roots = RootCertStore::empty();
        match self {
            Self::None => {}
            Self::System => {
                let found = rustls_native_certs::load_native_certs();
                roots.add_parsable_certificates(found.certs);
                ensure!(
                    !roots.is_empty(),
                    "this system has no certificates to trust: install the package ca-certificates"
                );
            }
            Self::Authorities(file) => {
                let mut read = || -> Result<()> {
                    for certificate in CertificateDer::pem_file_iter(file)? {
                        roots.add(certificate?)?;
                    }
                    ensure!(!roots.is_empty(), "no certificate is in it");
                    Ok(())
                };
                read().context("no PEM file of authorities")?;
            }
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .context("the TLS library lacks the protocol versions it names as safe")?;
        Ok(config.with_root_certificates(roots).with_no_client_auth())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_with_jitter_and_a_server_is_obeyed_within_reason() {
        let policy = Policy::default();
        let milliseconds = |pause: Option<Duration>| pause.map(|pause| pause.as_millis());
        assert_eq!(milliseconds(policy.pause(1, None, 0.0)), Some(50));
        assert_eq!(milliseconds(policy.pause(1, None, 1.0)), Some(100));
        assert_eq!(milliseconds(policy.pause(3, None, 1.0)), Some(400));
        assert_eq!(milliseconds(policy.pause(90, None, 1.0)), Some(60_000));
        let asked = |seconds| policy.pause(1, Some(Duration::from_secs(seconds)), 0.5);
        assert_eq!(milliseconds(asked(3)), Some(3000));
        assert_eq!(asked(3600), None);
        let scaled = Policy {
            pace: 0.1,
            ..policy
        };
        assert_eq!(
            milliseconds(scaled.pause(1, Some(Duration::from_secs(1)), 0.0)),
            Some(100)
        );
        let late = Policy {
            deadline: Some(Deadline::after(Duration::ZERO)),
            ..scaled
        };
        assert_eq!(milliseconds(late.pause(1, None, 1.0)), Some(0));
    }

    #[test]
    fn a_body_of_the_largest_size_is_taken_and_one_byte_more_is_not() {
        let policy = Policy {
            largest: 1000,
            ..Policy::default()
        };
        assert!(policy.admit(1000).is_ok());
        let said = policy.admit(1001).unwrap_err().to_string();
        assert!(said.contains("more than 1000 bytes"), "{said}");
        let wants = |status, bytes| policy.wants_body(status, bytes).ok();
        assert_eq!(wants(StatusCode::OK, Some(1000)), Some(true));
        assert_eq!(wants(StatusCode::OK, Some(1001)), None);
        assert_eq!(wants(StatusCode::OK, None), Some(true));
        for status in [StatusCode::NOT_FOUND, StatusCode::PARTIAL_CONTENT] {
            assert_eq!(wants(status, Some(1001)), Some(false));
        }
    }
}
