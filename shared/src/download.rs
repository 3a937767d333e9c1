//! The I/O-bound work: pages that somebody has to wait for.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use http::StatusCode;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use serde::{Deserialize, Serialize};
use tracing::info;
use url::Url;

use crate::receipt::{Answer, Receipt};
use crate::server::{self, Site};

/// How long the server keeps `/hello` waiting at time scale 1.
pub const HELLO_DELAY: Duration = Duration::from_secs(1);

/// How long a session waits for one page: longer than the local server ever holds one back.
pub const TIMEOUT: Duration = Duration::from_secs(90);

/// Pages to fetch.
#[derive(Clone, Debug)]
pub struct Job {
    /// The pages, in order.
    pub pages: Vec<Page>,
    /// How many pages to fetch at once, at least 1.
    pub workers: usize,
    /// Whom a session trusts.
    pub trust: Trust,
}

impl Job {
    /// `requests` greetings, each of which `server` gives after `delay`.
    pub fn hello(server: &Url, requests: usize, delay: Duration, workers: usize) -> Self {
        let page = Page {
            url: format!("{server}hello?delay={}", delay.as_secs_f64()),
            expected: Expected::Greeting,
        };
        Self::local(vec![page; requests], workers)
    }

    /// The two sites, turn by turn, `copies` times each, every answer held back by `delay`.
    pub fn sites(server: &Url, copies: usize, delay: Duration, workers: usize) -> Self {
        let pages = [Site::Large, Site::Small].map(|site| Page {
            url: format!("{server}{}?delay={}", site.path(), delay.as_secs_f64()),
            expected: Expected::body(&site.body()),
        });
        Self::local(vec![pages; copies].concat(), workers)
    }

    /// Every photo `fetches` times in a row.
    pub fn cats(server: &Url, fetches: usize, workers: usize) -> Self {
        let photos = (1..=server::CATS).map(|number| Page {
            url: format!("{server}cats/{number}.jpg"),
            expected: Expected::body(&server::cat(number)),
        });
        let pages = photos.flat_map(|page| vec![page; fetches]);
        Self::local(pages.collect(), workers)
    }

    /// Pages out in the world, whose content nobody knows beforehand.
    pub fn real(urls: &[Url], workers: usize) -> Self {
        let pages = urls.iter().map(|url| Page {
            url: url.to_string(),
            expected: Expected::Anything,
        });
        Self {
            trust: Trust::System,
            ..Self::local(pages.collect(), workers)
        }
    }

    fn local(pages: Vec<Page>, workers: usize) -> Self {
        Self {
            pages,
            workers,
            trust: Trust::Nobody,
        }
    }

    /// The job's pages `times` times over.
    pub fn repeated(mut self, times: usize) -> Self {
        self.pages = vec![self.pages; times].concat();
        self
    }

    /// What a run must hand in, or `None` if pages from out in the world are among them.
    pub fn expected(&self) -> Option<Receipt> {
        self.pages.iter().map(Page::expected).sum::<Option<_>>()
    }
}

/// A page to fetch. It can cross a process border.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Page {
    url: String,
    expected: Expected,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Expected {
    Greeting,
    Body { bytes: u64, crc32: u32 },
    Anything,
}

impl Expected {
    fn body(body: &[u8]) -> Self {
        Self::Body {
            bytes: body.len() as u64,
            crc32: crc32fast::hash(body),
        }
    }
}

impl Page {
    /// Where the page is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether this is the page that was asked for, to the last byte.
    ///
    /// # Errors
    ///
    /// If the status is no success, or the body is not the known one.
    pub fn check(&self, status: StatusCode, body: &[u8]) -> anyhow::Result<Receipt> {
        let Self { url, expected } = self;
        ensure!(status.is_success(), "{url} answered {status}");
        let crc32 = match expected {
            Expected::Greeting => {
                ensure!(
                    body.starts_with(server::GREETING) && body.len() == server::HELLO_BYTES,
                    "{url} did not greet but sent {} bytes of something else",
                    body.len()
                );
                // Which of the server's workers greets is its own affair.
                crc32fast::hash(server::GREETING)
            }
            Expected::Body { bytes, crc32 } => {
                ensure!(
                    body.len() as u64 == *bytes,
                    "{url} sent {} bytes instead of {bytes}",
                    body.len()
                );
                let seen = crc32fast::hash(body);
                ensure!(
                    seen == *crc32,
                    "{url} sent the wrong bytes: CRC-32 {seen:08x} instead of {crc32:08x}"
                );
                seen
            }
            Expected::Anything => crc32fast::hash(body),
        };
        info!("{} bytes from {url}", body.len());
        Ok(fetched(body.len() as u64, crc32))
    }

    fn expected(&self) -> Option<Receipt> {
        match self.expected {
            Expected::Greeting => Some(fetched(
                server::HELLO_BYTES as u64,
                crc32fast::hash(server::GREETING),
            )),
            Expected::Body { bytes, crc32 } => Some(fetched(bytes, crc32)),
            Expected::Anything => None,
        }
    }
}

fn fetched(bytes: u64, crc32: u32) -> Receipt {
    Receipt {
        bytes,
        ..Receipt::unit(Answer::Checksum(u64::from(crc32)))
    }
}

/// Whose certificates a session accepts.
///
/// Reading the system's certificates takes 4 to 40 ms, longer than most jobs here, so a session is told when it will
/// not need them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trust {
    /// Nobody's: the local server speaks plain HTTP.
    Nobody,
    /// Those that the system trusts.
    System,
}

impl Trust {
    /// The TLS side of a session.
    ///
    /// # Errors
    ///
    /// If the system's certificates are wanted and there are none.
    pub fn tls(self) -> anyhow::Result<ClientConfig> {
        let mut roots = RootCertStore::empty();
        if self == Self::System {
            let found = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(found.certs);
            ensure!(
                !roots.is_empty(),
                "this system has no certificates to trust: install the package ca-certificates"
            );
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

    fn server() -> Url {
        "http://localhost/".parse().unwrap()
    }

    #[test]
    fn the_sites_have_the_published_bytes() {
        let job = Job::sites(&server(), 10, Duration::ZERO, 5);
        let expected = job.expected().unwrap();
        assert_eq!((expected.units, expected.bytes), (20, 106_710));
        let expected = job.repeated(8).expected().unwrap();
        assert_eq!((expected.units, expected.bytes), (160, 853_680));
    }

    #[test]
    fn cats_are_about_100_kb_each() {
        let expected = Job::cats(&server(), 5, 5).expected().unwrap();
        assert_eq!(expected.units, 100);
        assert!(
            (9_500_000..10_500_000).contains(&expected.bytes),
            "{}",
            expected.bytes
        );
    }

    #[test]
    fn a_page_is_refused_by_status_length_and_content() {
        let job = Job::cats(&server(), 1, 1);
        let (page, mut photo) = (&job.pages[0], server::cat(1).to_vec());
        let refusal = |status, body: &[u8]| page.check(status, body).unwrap_err().to_string();

        assert!(page.check(StatusCode::OK, &photo).is_ok());
        assert_eq!(
            refusal(StatusCode::NOT_FOUND, &photo),
            "http://localhost/cats/1.jpg answered 404 Not Found"
        );
        assert!(refusal(StatusCode::OK, &photo[1..]).contains("bytes instead of"));
        photo[5000] ^= 1;
        assert!(refusal(StatusCode::OK, &photo).contains("wrong bytes"));
    }
}
