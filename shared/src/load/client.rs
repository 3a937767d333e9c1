//! A connection of the load: one request at a time, and as little work for each as there can be.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

/// A connection that is kept.
#[derive(Debug)]
pub(super) struct Client {
    stream: TcpStream,
    /// Whether it is none, in place of one that could not be opened.
    gone: bool,
    /// The head of an answer, as far as it came without its end.
    head: Vec<u8>,
    /// Bytes of the body that have not come, once the head has.
    answer: Option<Answer>,
}

#[derive(Clone, Copy, Debug)]
struct Answer {
    status: u16,
    keeps: bool,
    left: usize,
}

/// A request for this page of this host.
pub(super) fn request(page: &str, host: &str) -> Vec<u8> {
    format!("GET {page} HTTP/1.1\r\nHost: {host}\r\n\r\n").into()
}

/// What came of reading.
pub(super) enum End {
    NotYet,
    Answer {
        status: u16,
        /// Whether the connection stays.
        keeps: bool,
    },
    Lost,
}

impl Client {
    /// A client over this connection.
    pub(super) fn over(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Self::new(stream, false)
    }

    /// A connection that has ended, in place of one that could not be opened.
    pub(super) fn gone() -> io::Result<Self> {
        let (ours, _) = UnixStream::pair()?;
        Self::new(OwnedFd::from(ours).into(), true)
    }

    fn new(stream: TcpStream, gone: bool) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream,
            gone,
            head: Vec::new(),
            answer: None,
        })
    }

    /// Whether it stands in place of a connection that could not be opened.
    pub(super) fn is_gone(&self) -> bool {
        self.gone
    }

    /// Sends a request, for which there is always room: nothing else is on its way.
    pub(super) fn ask(&mut self, request: &[u8]) {
        // That it failed shows when the connection is read.
        let _ = self.stream.write(request);
    }

    /// Takes what has come.
    pub(super) fn receive(&mut self, scratch: &mut [u8]) -> End {
        let length = match self.stream.read(scratch) {
            Ok(0) => return End::Lost,
            Ok(length) => length,
            Err(error)
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) =>
            {
                return End::NotYet;
            }
            Err(_) => return End::Lost,
        };
        let mut received = &scratch[..length];
        if self.answer.is_none() {
            let whole;
            if !self.head.is_empty() {
                self.head.extend_from_slice(received);
                whole = std::mem::take(&mut self.head);
                received = &whole;
            }
            match Answer::read(received) {
                Ok(Some((answer, length))) => {
                    self.answer = Some(answer);
                    return self.take(received.len() - length);
                }
                Ok(None) => {
                    self.head = received.to_vec();
                    return End::NotYet;
                }
                Err(_) => return End::Lost,
            }
        }
        self.take(length)
    }

    fn take(&mut self, body: usize) -> End {
        let Some(answer) = &mut self.answer else {
            return End::NotYet;
        };
        let Some(left) = answer.left.checked_sub(body) else {
            return End::Lost;
        };
        answer.left = left;
        if left > 0 {
            return End::NotYet;
        }
        let Answer { status, keeps, .. } = *answer;
        self.answer = None;
        End::Answer { status, keeps }
    }
}

impl AsFd for Client {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

impl Answer {
    /// The answer whose head this begins with, and the length of the head; `None` if its end has not come.
    fn read(bytes: &[u8]) -> Result<Option<(Self, usize)>, httparse::Error> {
        let mut fields = [httparse::EMPTY_HEADER; 32];
        let mut head = httparse::Response::new(&mut fields);
        let httparse::Status::Complete(length) = head.parse(bytes)? else {
            return Ok(None);
        };
        let mut answer = Self {
            status: head.code.unwrap_or_default(),
            keeps: head.version == Some(1),
            left: 0,
        };
        for field in head.headers {
            let value = str::from_utf8(field.value).unwrap_or_default();
            if field.name.eq_ignore_ascii_case("content-length") {
                answer.left = value.parse().map_err(|_| httparse::Error::HeaderValue)?;
            } else if field.name.eq_ignore_ascii_case("connection") {
                answer.keeps &= !value.eq_ignore_ascii_case("close");
            }
        }
        Ok(Some((answer, length)))
    }
}
