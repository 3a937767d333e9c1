//! The answers of a server, in memory and on the wire.

use std::cell::RefCell;
use std::hint::black_box;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::StatusCode;
use httpdate::fmt_http_date;
use rustix::time::{ClockId, clock_gettime};
use sha2::{Digest, Sha256};

use crate::server::photo;

/// An answer. All that is ever answered lies in memory already: nothing is copied but small bodies into the same write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The kind of body, if there is one to speak of.
    pub content_type: Option<&'static str>,
    /// The body.
    pub body: &'static [u8],
    /// The methods that are allowed, where another one was used.
    pub allow: Option<&'static str>,
    /// Whether the connection ends with this answer: what follows the request is no request.
    pub closes: bool,
}

/// What a connection gets that is one too many, whatever it was about to ask for.
pub const BUSY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    content-type: text/plain\r\nconnection: close\r\nretry-after: 1\r\ncontent-length: 27\r\n\r\n\
    no more connections for now";

impl Answer {
    pub(super) const HELLO: Self = Self::text(StatusCode::OK, b"Hello, World!");
    pub(super) const BAD_HOST: Self =
        Self::text(StatusCode::BAD_REQUEST, b"HTTP/1.1 wants one Host\n");
    pub(super) const BAD_DELAY: Self = Self::text(
        StatusCode::BAD_REQUEST,
        b"delay is a number of seconds from 0 to 60\n",
    );
    pub(super) const BAD_WORK: Self = Self::text(
        StatusCode::BAD_REQUEST,
        b"us is a number of microseconds from 0 to 10000000\n",
    );
    pub(super) const NOT_FOUND: Self = Self::text(
        StatusCode::NOT_FOUND,
        b"no such page: there are /hello, /work and /cats/1.jpg to /cats/20.jpg\n",
    );
    pub(super) const CONTENT: Self = Self {
        closes: true,
        ..Self::text(StatusCode::PAYLOAD_TOO_LARGE, b"no content is taken here\n")
    };
    /// No head at all.
    pub(super) const BAD: Self = Self::empty(StatusCode::BAD_REQUEST);
    /// A head without an end.
    pub(super) const TOO_LARGE: Self = Self::empty(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);

    pub(super) const fn not_allowed(closes: bool) -> Self {
        Self {
            allow: Some("GET, HEAD"),
            closes,
            ..Self::text(
                StatusCode::METHOD_NOT_ALLOWED,
                b"only GET and HEAD are served here\n",
            )
        }
    }

    /// Computes for so long, on whatever share of a core there is, and says so.
    pub(super) fn worked(time: Duration) -> Self {
        let end = cpu_time() + time;
        let mut digest = Sha256::digest(b"work");
        while cpu_time() < end {
            digest = Sha256::digest(digest);
        }
        black_box(digest);
        Self::text(StatusCode::OK, b"worked")
    }

    pub(super) fn cat(number: usize) -> Self {
        Self {
            content_type: Some("image/jpeg"),
            ..Self::text(StatusCode::OK, photo(number))
        }
    }

    const fn text(status: StatusCode, body: &'static [u8]) -> Self {
        Self {
            status,
            content_type: Some("text/plain"),
            body,
            allow: None,
            closes: false,
        }
    }

    const fn empty(status: StatusCode) -> Self {
        Self {
            content_type: None,
            closes: true,
            ..Self::text(status, b"")
        }
    }

    /// Writes the head into `bytes`, as hyper does.
    pub(super) fn write_head(&self, bytes: &mut Vec<u8>, protocol: Protocol) {
        let version: &[u8] = if protocol.is_1_1 {
            b"HTTP/1.1 "
        } else {
            b"HTTP/1.0 "
        };
        bytes.extend_from_slice(version);
        bytes.extend_from_slice(self.status.as_str().as_bytes());
        bytes.push(b' ');
        let reason = self.status.canonical_reason().unwrap_or_default();
        bytes.extend_from_slice(reason.as_bytes());
        if let Some(content_type) = self.content_type {
            bytes.extend_from_slice(b"\r\ncontent-type: ");
            bytes.extend_from_slice(content_type.as_bytes());
        }
        if let Some(allow) = self.allow {
            bytes.extend_from_slice(b"\r\nallow: ");
            bytes.extend_from_slice(allow.as_bytes());
        }
        if self.closes || protocol.is_1_1 && !protocol.keep_alive {
            bytes.extend_from_slice(b"\r\nconnection: close");
        } else if !protocol.is_1_1 && protocol.keep_alive {
            bytes.extend_from_slice(b"\r\nconnection: keep-alive");
        }
        bytes.extend_from_slice(b"\r\ncontent-length: ");
        write_number(bytes, self.body.len());
        bytes.extend_from_slice(b"\r\ndate: ");
        write_date(bytes);
        bytes.extend_from_slice(b"\r\n\r\n");
    }
}

/// What the answer's head depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Protocol {
    pub is_1_1: bool,
    pub keep_alive: bool,
    pub head_only: bool,
}

impl Protocol {
    /// That of a client of which nothing is known yet.
    pub(super) const FIRST: Self = Self {
        is_1_1: true,
        keep_alive: true,
        head_only: false,
    };
}

/// The time for which this thread has computed.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn write_number(bytes: &mut Vec<u8>, mut number: usize) {
    let start = bytes.len();
    loop {
        bytes.push(b'0' + (number % 10) as u8);
        number /= 10;
        if number == 0 {
            break;
        }
    }
    bytes[start..].reverse();
}

/// The date of now, which a thread spells out once a second.
fn write_date(bytes: &mut Vec<u8>) {
    thread_local! {
        static DATE: RefCell<(u64, String)> = RefCell::default();
    }
    let now = SystemTime::now();
    let second = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    DATE.with_borrow_mut(|(of, date)| {
        if *of != second || date.is_empty() {
            (*of, *date) = (second, fmt_http_date(now));
        }
        bytes.extend_from_slice(date.as_bytes());
    });
}
