//! The I/O-bound work: pages that somebody has to wait for.

mod outcome;
mod policy;
mod session;
mod tries;

use std::fmt::Write;
use std::time::Duration;

use anyhow::Result;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use tracing::info;
use url::Url;

use crate::receipt::{Answer as Sum, Receipt};
use crate::server::{self, Site};

pub use outcome::{Outcome, Tally, Trouble, Unconnected, Verdict, classify};
pub use policy::{Answer, Policy, REDIRECTS, Trust};
pub use session::Session;
pub use tries::Tries;

/// How long the server keeps `/hello` waiting at time scale 1.
pub const HELLO_DELAY: Duration = Duration::from_secs(1);

/// Pages to fetch.
#[derive(Clone, Debug)]
pub struct Job {
    /// The pages, in order.
    pub pages: Vec<Page>,
    /// How many pages to fetch at once, at least 1.
    pub workers: usize,
    /// What a session puts up with.
    pub policy: Policy,
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

    /// Pages out in the world, whose content nobody knows beforehand. Users and passwords in their addresses are not sent:
    /// reqwest 0.13 would tell them to strangers, at the second redirect.
    pub fn real(urls: &[Url], workers: usize) -> Self {
        let pages = urls.iter().map(|url| {
            let mut url = url.clone();
            // It fails where there is no host, and nobody to be told.
            let _ = url.set_username("").and_then(|()| url.set_password(None));
            Page {
                url: url.into(),
                expected: Expected::Anything,
            }
        });
        Self {
            pages: pages.collect(),
            workers,
            policy: Policy {
                trust: Trust::System,
                ..Policy::default()
            },
        }
    }

    /// Pages of the local server, which go by their numbers from now on.
    fn local(mut pages: Vec<Page>, workers: usize) -> Self {
        for (number, page) in pages.iter_mut().enumerate() {
            let sign = if page.url.contains('?') { '&' } else { '?' };
            // Writing to a String cannot fail.
            let _ = write!(page.url, "{sign}page={number}");
        }
        Self {
            pages,
            workers,
            policy: Policy::default(),
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
    /// If the status is not that of a whole page, or the body is not the known one.
    pub fn check(&self, status: StatusCode, body: &[u8]) -> Result<Receipt> {
        let Self { url, expected } = self;
        if Outcome::of(status) != Outcome::Ok {
            return Err(Trouble::status(url, status).into());
        }
        let length = body.len();
        let corrupt = |why: String| Err(Trouble::new(Outcome::Corrupt, why).into());
        let crc32 = match expected {
            Expected::Greeting => {
                if !body.starts_with(server::GREETING) || length != server::HELLO_BYTES {
                    return corrupt(format!(
                        "{url} did not greet but sent {length} bytes of something else"
                    ));
                }
                // Which of the server's workers greets is its own affair.
                crc32fast::hash(server::GREETING)
            }
            Expected::Body { bytes, crc32 } => {
                if length as u64 != *bytes {
                    return corrupt(format!("{url} sent {length} bytes instead of {bytes}"));
                }
                let seen = crc32fast::hash(body);
                if seen != *crc32 {
                    return corrupt(format!(
                        "{url} sent the wrong bytes: CRC-32 {seen:08x} instead of {crc32:08x}"
                    ));
                }
                seen
            }
            Expected::Anything => crc32fast::hash(body),
        };
        info!("{length} bytes from {}", self.name());
        Ok(fetched(length as u64, crc32))
    }

    /// The page as the story calls it: by its address, or on the local server by its path alone.
    fn name(&self) -> &str {
        let Some((_, path)) = self
            .url
            .split_once("://")
            .and_then(|(_, rest)| rest.split_once('/'))
        else {
            return &self.url;
        };
        match self.expected {
            Expected::Anything => &self.url,
            _ => path.split('?').next().unwrap_or(path),
        }
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
        outcomes: Tally::of(Outcome::Ok),
        ..Receipt::unit(Sum::Checksum(u64::from(crc32)))
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
            "http://localhost/cats/1.jpg?page=0 answered 404 Not Found"
        );
        assert!(refusal(StatusCode::OK, &photo[1..]).contains("bytes instead of"));
        photo[5000] ^= 1;
        assert!(refusal(StatusCode::OK, &photo).contains("wrong bytes"));
    }
}
