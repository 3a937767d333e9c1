//! What comes back: a server's reply to one request, and an answer to the question for a page.

use std::time::{Duration, SystemTime};

use anyhow::Result;
use bytes::Bytes;
use http::header::{LOCATION, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::trouble::Trouble;
use crate::latencies::Latencies;
use crate::outcome::{Outcome, Tally};

/// What a server sent in return for one request.
#[derive(Debug)]
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body as it came; empty where [`Policy::wants_body`](super::Policy::wants_body) did not want it.
    pub body: Bytes,
}

impl Reply {
    /// Where the page has moved to, if the reply to `url` says so.
    ///
    /// # Errors
    ///
    /// If that is no address of a page.
    pub(super) fn moved(&self, url: &str) -> Result<Option<Url>> {
        let moved = matches!(self.status.as_u16(), 301 | 302 | 303 | 307 | 308);
        let Some(location) = self.headers.get(LOCATION).filter(|_| moved) else {
            return Ok(None);
        };
        let location = String::from_utf8_lossy(location.as_bytes());
        let there = Url::parse(url)?.join(&location).ok();
        let page =
            there.filter(|there| there.has_host() && ["http", "https"].contains(&there.scheme()));
        match page {
            Some(page) => Ok(Some(anonymous(page))),
            None => {
                let message = format!("moved to {location:?}, which is no address of a page");
                Err(Trouble::new(Outcome::Corrupt, message).into())
            }
        }
    }

    /// How long the server asks to wait before another try: seconds, or until a date (RFC 9110, 10.2.3).
    pub(super) fn retry_after(&self) -> Option<Duration> {
        let value = self.headers.get(RETRY_AFTER)?.to_str().ok()?;
        if let Ok(seconds) = value.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let date = httpdate::parse_http_date(value).ok()?;
        Some(date.duration_since(SystemTime::now()).unwrap_or_default())
    }
}

/// The same address without a user's name and password, which are no server's business.
pub(super) fn anonymous(mut url: Url) -> Url {
    // It fails where there is no host, and no server to send them to.
    let _ = url.set_username("").and_then(|()| url.set_password(None));
    url
}

/// Whether an address is on another machine.
pub fn is_foreign(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name != "localhost",
        Some(Host::Ipv4(address)) => !address.is_loopback(),
        Some(Host::Ipv6(address)) => !address.is_loopback(),
        None => false,
    }
}

/// What came of a page: the last of the replies to the tries at it, for [`Page::check`](super::Page::check).
#[derive(Debug)]
pub struct Answer {
    pub(super) end: End,
    pub(super) tries: Tally,
    /// How many redirects to other machines were followed.
    pub(super) abroad: u64,
    pub(super) took: Latencies,
}

/// How the tries at a page ended.
#[derive(Debug)]
pub(super) enum End {
    /// A body came.
    Came(Body),
    /// The page cannot be had, and the run goes on without it.
    Lost(Outcome),
    /// The run was over before the page was.
    Unfinished,
}

/// As much of a body as is kept of it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Body {
    pub bytes: u64,
    pub crc32: u32,
}

impl Body {
    /// What is kept of `body` if all of it counts.
    pub(super) fn of(body: &[u8]) -> Self {
        Self {
            bytes: body.len() as u64,
            crc32: crc32fast::hash(body),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(name: http::HeaderName, value: &str) -> Reply {
        Reply {
            status: StatusCode::FOUND,
            headers: [(name, value.parse().unwrap())].into_iter().collect(),
            body: Bytes::new(),
        }
    }

    #[test]
    fn a_retry_after_is_a_number_of_seconds_or_a_date() {
        let after = |value| reply(RETRY_AFTER, value).retry_after();
        assert_eq!(after("7"), Some(Duration::from_secs(7)));
        assert_eq!(after("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        assert!(after("Fri, 31 Dec 2100 23:59:59 GMT").unwrap() > Duration::from_secs(3600));
        assert_eq!(after("soon"), None);
    }

    #[test]
    fn addresses_of_this_machine_are_not_foreign() {
        for (url, other) in [
            ("http://localhost:80/", false),
            ("http://127.0.0.2/", false),
            ("http://[::1]/", false),
            ("http://10.0.0.1/", true),
            ("https://example.org/", true),
        ] {
            assert_eq!(is_foreign(&Url::parse(url).unwrap()), other, "{url}");
        }
    }

    #[test]
    fn a_page_moves_to_another_page_without_its_user() {
        let moved = |to| reply(LOCATION, to).moved("http://localhost/cats/1.jpg?page=0");
        let there = |to| moved(to).unwrap().unwrap().to_string();
        assert_eq!(there("2.jpg"), "http://localhost/cats/2.jpg");
        assert_eq!(there("//me:secret@there/"), "http://there/");
        assert_eq!(there(""), "http://localhost/cats/1.jpg?page=0");
        for nowhere in ["ftp://localhost/", "http://", "mailto:me@localhost"] {
            let said = moved(nowhere).unwrap_err().to_string();
            assert!(said.contains("no address of a page"), "{said}");
        }
        let mut page = reply(LOCATION, "2.jpg");
        for status in [
            StatusCode::OK,
            StatusCode::NOT_MODIFIED,
            StatusCode::CREATED,
        ] {
            page.status = status;
            assert!(page.moved("http://localhost/").unwrap().is_none());
        }
    }
}
