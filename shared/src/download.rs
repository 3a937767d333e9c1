//! The I/O-bound work: pages that come from a server, after a wait.

mod answer;
mod encoding;
mod kept;
mod policy;
mod queue;
mod session;
mod tries;
mod trouble;

use std::fmt::Write;
use std::time::Duration;

use anyhow::Result;
use serde::{Deserialize, Serialize};
use tracing::info;
use url::Url;

use crate::latencies::Latencies;
use crate::progress::counted;
use crate::receipt::{Answer as Sum, Receipt};
use crate::server::{self, Site};
use answer::{Body, End, anonymous};

pub use answer::{Answer, Reply, is_foreign};
pub use kept::Kept;
pub use policy::{Policy, REDIRECTS, Trust};
pub use queue::Queue;
pub use session::Session;
pub use tries::Tries;
pub use trouble::{Trouble, Verdict, classify};

pub use crate::outcome::{Outcome, Tally};

/// How long the server keeps `/hello` waiting at time scale 1.
pub const HELLO_DELAY: Duration = Duration::from_secs(1);

/// Pages to fetch.
#[derive(Clone, Debug)]
pub struct Job {
    /// The pages, in order.
    pub pages: Vec<Page>,
    /// How many pages to fetch at once, at least 1.
    pub workers: usize,
    /// The limits of a session.
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

    /// Pages out in the world, whose content is not known beforehand. Users and passwords in their addresses are not sent.
    pub fn real(urls: &[Url], workers: usize) -> Self {
        let pages = urls.iter().map(|url| Page {
            url: anonymous(url.clone()).into(),
            expected: Expected::Anything,
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

    /// The pages, for workers that take one after another.
    pub fn queue(&self) -> Queue<'_> {
        Queue::new(&self.pages)
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
    Body(Body),
    Anything,
}

impl Expected {
    fn body(body: &[u8]) -> Self {
        Self::Body(Body::of(body))
    }
}

/// A greeting. The name of the server's worker in it is no part of the checksum.
fn greeting() -> Body {
    Body {
        bytes: server::HELLO_BYTES as u64,
        ..Body::of(server::GREETING)
    }
}

impl Page {
    /// Where the page is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The answer that `body` is, for a client that asks once and has no session.
    pub fn answer(&self, body: &[u8]) -> Answer {
        Answer {
            end: End::Came(self.weigh(body)),
            tries: Tally::of(Outcome::Ok),
            abroad: 0,
            took: Latencies::default(),
        }
    }

    /// What a session has brought for this page, checked to the last byte, and counted for the progress of the download.
    ///
    /// # Errors
    ///
    /// If the body is not the known one.
    pub fn check(&self, answer: Answer) -> Result<Receipt> {
        let receipt = match answer.end {
            End::Came(body) => {
                self.compare(body)?;
                info!("{} bytes from {}", body.bytes, self.name());
                fetched(body)
            }
            End::Lost(outcome) => Receipt::lost(outcome),
            End::Unfinished => Receipt::unfinished(),
        };
        Ok(counted(Receipt {
            tries: answer.tries,
            abroad: answer.abroad,
            latencies: answer.took,
            ..receipt
        }))
    }

    /// As much of `body` as is kept of it.
    fn weigh(&self, body: &[u8]) -> Body {
        let checked = match self.expected {
            Expected::Greeting => body.get(..server::GREETING.len()).unwrap_or(body),
            _ => body,
        };
        Body {
            bytes: body.len() as u64,
            ..Body::of(checked)
        }
    }

    /// # Errors
    ///
    /// If `body` is not that of this page.
    fn compare(&self, body: Body) -> Result<()> {
        let (url, Body { bytes, crc32 }) = (&self.url, body);
        let expected = match self.expected {
            Expected::Greeting => greeting(),
            Expected::Body(expected) => expected,
            Expected::Anything => return Ok(()),
        };
        let message = if bytes != expected.bytes {
            format!("{url} sent {bytes} bytes instead of {}", expected.bytes)
        } else if crc32 != expected.crc32 {
            let expected = expected.crc32;
            format!("{url} sent the wrong bytes: CRC-32 {crc32:08x} instead of {expected:08x}")
        } else {
            return Ok(());
        };
        Err(Trouble::new(Outcome::Corrupt, message).into())
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
            Expected::Greeting => Some(fetched(greeting())),
            Expected::Body(body) => Some(fetched(body)),
            Expected::Anything => None,
        }
    }
}

fn fetched(body: Body) -> Receipt {
    Receipt {
        bytes: body.bytes,
        outcomes: Tally::of(Outcome::Ok),
        ..Receipt::unit(Sum::Checksum(u64::from(body.crc32)))
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
    fn a_page_is_refused_by_length_and_content() {
        let job = Job::cats(&server(), 1, 1);
        let (page, mut photo) = (&job.pages[0], server::cat(1).to_vec());
        let check = |body: &[u8]| page.check(page.answer(body));
        let refusal = |body: &[u8]| check(body).unwrap_err().to_string();

        assert!(check(&photo).is_ok());
        assert!(refusal(&photo[1..]).contains("bytes instead of"));
        photo[5000] ^= 1;
        assert!(refusal(&photo).contains("wrong bytes"));
    }

    #[test]
    fn a_greeting_is_refused_by_length_and_by_its_words_but_not_by_its_worker() {
        let job = Job::hello(&server(), 1, Duration::ZERO, 1);
        let check = |body: &[u8]| job.pages[0].check(job.pages[0].answer(body));
        assert!(check(b"Hello, World!, I am worker 07").is_ok());
        assert!(check(b"Hello, World!, I am thread 42").is_ok());
        assert!(check(b"Hello, World!, I am worker 7").is_err());
        assert!(check(b"Hullo, World!, I am worker 07").is_err());
        assert!(check(b"").is_err());
    }

    #[test]
    fn workers_that_share_a_queue_take_each_page_once_until_one_leaves_early() {
        let job = Job::cats(&server(), 1, 1);
        let queue = job.queue();
        let (mut one, mut other) = (queue.clone(), queue.clone());
        let pages = [one.next(), other.next(), one.next()].map(Option::unwrap);
        let numbers = pages.map(|page| page.url.split('=').next_back());
        assert_eq!(numbers, ["0", "1", "2"].map(Some));
        drop(one);
        assert!(other.next().is_none());
    }
}
