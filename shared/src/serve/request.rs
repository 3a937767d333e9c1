//! A request, read from its head.

use std::str;
use std::time::Duration;

use http::Uri;
use rustix::process::{Signal, getpid, kill_process};

use super::HEADERS;
use super::answer::{Answer, Protocol};
use crate::server::{cat_number, delay, value};

/// The longest that `/work` computes.
const LONGEST_WORK: Duration = Duration::from_secs(10);

/// What a server has to know of a request, whichever library parsed its head.
#[derive(Clone, Copy, Debug, Default)]
pub struct Head<'a> {
    /// Such as `GET`.
    pub method: &'a str,
    /// The path, without the query.
    pub path: &'a str,
    /// What stands behind the question mark.
    pub query: Option<&'a str>,
    /// Whether this is HTTP/1.1, and no older.
    pub is_1_1: bool,
    /// How many hosts are named: HTTP/1.1 wants one.
    pub hosts: usize,
    /// Whether content follows the head.
    pub has_content: bool,
}

/// A request that can be answered, be it a good one or not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Request {
    /// How long to wait before the answer.
    pub delay: Option<Duration>,
    page: Page,
    pub(super) protocol: Protocol,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Page {
    Hello,
    Work(Duration),
    Cat(usize),
    Crash(How),
    Wrong(Answer),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Panic,
    Abort,
    Kill,
}

impl Request {
    /// The request with this head. `crashes`: whether there are pages that crash.
    pub fn new(head: Head, crashes: bool) -> Self {
        let (delay, page) = match Page::find(head, crashes) {
            Ok((delay, page)) => ((!delay.is_zero()).then_some(delay), page),
            Err(wrong) => (None, Page::Wrong(wrong)),
        };
        Self {
            delay,
            page,
            protocol: Protocol {
                is_1_1: head.is_1_1,
                keep_alive: head.is_1_1,
                head_only: head.method == "HEAD",
            },
        }
    }

    /// Does what is asked for, apart from the delay.
    ///
    /// # Panics
    ///
    /// If a panic is asked for.
    pub fn answer(&self) -> Answer {
        match self.page {
            Page::Hello => Answer::HELLO,
            Page::Work(time) => Answer::worked(time),
            Page::Cat(number) => Answer::cat(number),
            Page::Crash(How::Panic) => panic!("a client asked for it"),
            Page::Crash(How::Abort) => std::process::abort(),
            Page::Crash(How::Kill) => killed(),
            Page::Wrong(answer) => answer,
        }
    }

    /// Parses what has come of a head: `None` if its end has not, otherwise its length and what it asks for.
    ///
    /// # Errors
    ///
    /// If it is no head, or one with too many fields. No request can follow.
    pub(super) fn parse(bytes: &[u8], crashes: bool) -> Result<Option<(usize, Self)>, Answer> {
        let mut fields = [httparse::EMPTY_HEADER; HEADERS];
        let mut parsed = httparse::Request::new(&mut fields);
        let length = match parsed.parse(bytes) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(httparse::Error::TooManyHeaders) => return Err(Answer::TOO_LARGE),
            Err(_) => return Err(Answer::BAD),
        };
        let fields = Fields::read(parsed.headers, parsed.version == Some(1))?;
        let target = parsed.path.unwrap_or_default();
        let uri;
        let (path, query) = if is_plain(target) {
            match target.split_once('?') {
                Some((path, query)) => (path, Some(query)),
                None => (target, None),
            }
        } else {
            uri = Uri::try_from(target).map_err(|_| Answer::BAD)?;
            (uri.path(), uri.query())
        };
        let head = Head {
            method: parsed.method.unwrap_or_default(),
            path,
            query,
            is_1_1: parsed.version == Some(1),
            hosts: fields.hosts,
            has_content: fields.has_content(),
        };
        let mut request = Self::new(head, crashes);
        request.protocol.keep_alive = fields.keep_alive;
        Ok(Some((length, request)))
    }
}

/// Ends this process as the system does when it needs the memory: at once, whatever it was about to do.
fn killed() -> ! {
    // That a process may not kill itself is no case.
    let _ = kill_process(getpid(), Signal::KILL);
    std::process::abort()
}

/// Whether a target is a path and a query of letters, digits and a few signs. What else it may be, `http::Uri` knows.
fn is_plain(target: &str) -> bool {
    let mut bytes = target.bytes();
    let sign = |byte| matches!(byte, b'/' | b'?' | b'=' | b'&' | b'.' | b'-' | b'_' | b'%');
    bytes.next() == Some(b'/') && bytes.all(|byte| byte.is_ascii_alphanumeric() || sign(byte))
}

impl Page {
    /// The page that is asked for, and how long it is to wait.
    fn find(head: Head, crashes: bool) -> Result<(Duration, Self), Answer> {
        if head.is_1_1 && head.hosts != 1 {
            return Err(Answer::BAD_HOST);
        }
        if !matches!(head.method, "GET" | "HEAD") {
            return Err(Answer::not_allowed(head.has_content));
        }
        if head.has_content {
            return Err(Answer::CONTENT);
        }
        let at_once = |page| Ok((Duration::ZERO, page));
        match head.path {
            "/hello" => {
                let delay = delay(head.query).ok_or(Answer::BAD_DELAY)?;
                Ok((delay, Self::Hello))
            }
            "/work" => {
                let time = value(head.query, "us=").and_then(|us| us.parse().ok());
                let time = time.map(Duration::from_micros);
                let time = time.filter(|time| *time <= LONGEST_WORK);
                at_once(Self::Work(time.ok_or(Answer::BAD_WORK)?))
            }
            "/crash" if crashes => match value(head.query, "how=") {
                Some("panic") => at_once(Self::Crash(How::Panic)),
                Some("abort") => at_once(Self::Crash(How::Abort)),
                Some("kill") => at_once(Self::Crash(How::Kill)),
                _ => Err(Answer::NOT_FOUND),
            },
            path => match cat_number(path) {
                Some(number) => at_once(Self::Cat(number)),
                None => Err(Answer::NOT_FOUND),
            },
        }
    }
}

/// What the fields of a head say of the connection and of content (RFC 9112, 6.3 and 9.3).
struct Fields {
    keep_alive: bool,
    hosts: usize,
    length: Option<u64>,
    chunked: Option<bool>,
}

impl Fields {
    fn read(headers: &[httparse::Header], is_1_1: bool) -> Result<Self, Answer> {
        let mut fields = Self {
            keep_alive: is_1_1,
            hosts: 0,
            length: None,
            chunked: None,
        };
        let mut close = false;
        for header in headers {
            let (name, value) = (header.name, header.value);
            if name.eq_ignore_ascii_case("host") {
                fields.hosts += 1;
            } else if name.eq_ignore_ascii_case("connection") {
                close |= names(value, "close");
                fields.keep_alive |= names(value, "keep-alive");
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                if !is_1_1 {
                    return Err(Answer::BAD);
                }
                fields.chunked = Some(last(value).eq_ignore_ascii_case(b"chunked"));
            } else if name.eq_ignore_ascii_case("content-length") && fields.chunked.is_none() {
                let length = length(value).ok_or(Answer::BAD)?;
                if fields.length.is_some_and(|before| before != length) {
                    return Err(Answer::BAD);
                }
                fields.length = Some(length);
            }
        }
        fields.keep_alive &= !close;
        match fields.chunked {
            Some(false) => Err(Answer::BAD),
            _ => Ok(fields),
        }
    }

    fn has_content(&self) -> bool {
        self.chunked.is_some() || self.length.is_some_and(|length| length > 0)
    }
}

fn length(value: &[u8]) -> Option<u64> {
    let digits = str::from_utf8(value).ok()?;
    let only_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| only_digits)
}

/// Whether a list names this token.
fn names(list: &[u8], token: &str) -> bool {
    let mut tokens = list.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    tokens.any(|it| it.eq_ignore_ascii_case(token.as_bytes()))
}

fn last(list: &[u8]) -> &[u8] {
    let last = list.rsplit(|byte| *byte == b',').next();
    last.unwrap_or_default().trim_ascii()
}
