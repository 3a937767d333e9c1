//! A connection of a thread or process that waits for it: requests in, answers out, one system call each.

use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::answer::Protocol;
use super::listener::pause_after;
use super::visit::Visit;
use super::{Answer, BUSY, HEAD_BYTES, Listener, Request};

/// Bodies up to this length travel in the same piece of memory as their head.
const SMALL: usize = 1024;

/// How long a client that was refused may take to notice.
const LINGER: Duration = Duration::from_millis(500);

/// A client that sends requests, one after another.
#[derive(Debug)]
pub struct Connection {
    stream: Arc<TcpStream>,
    key: usize,
    visit: Visit,
    received: Box<[u8; HEAD_BYTES]>,
    /// What of it is not answered yet: requests that came early, and the beginning of one.
    start: usize,
    end: usize,
    /// An answer's head, and its body if that is small.
    sent: Vec<u8>,
    protocol: Protocol,
    ends: bool,
    /// Whether the last answer was to something that may not have been received whole.
    refused: bool,
}

impl Listener {
    /// Waits for the next connection that can be admitted. `None`: the server is to end.
    pub fn accept(self: &Arc<Self>) -> Option<Connection> {
        loop {
            let (stream, _) = match self.socket().accept() {
                Ok(accepted) => accepted,
                Err(error) if self.has_ended(&error) => return None,
                Err(error) => {
                    if let Some(pause) = pause_after(&error) {
                        thread::sleep(pause);
                    }
                    continue;
                }
            };
            match self.admit() {
                Some(visit) => match Connection::new(stream, visit) {
                    Ok(connection) => return Some(connection),
                    // It ended before it began.
                    Err(_) => continue,
                },
                // There is room in the empty socket. A client that is gone already has lost nothing.
                None => drop((&stream).write(BUSY)),
            }
        }
    }
}

impl Connection {
    fn new(stream: TcpStream, visit: Visit) -> io::Result<Self> {
        let patience = Some(visit.listener().rules().patience);
        stream.set_read_timeout(patience)?;
        let stream = Arc::new(stream);
        Ok(Self {
            key: visit.listener().enter(stream.clone()),
            stream,
            visit,
            received: Box::new([0; HEAD_BYTES]),
            start: 0,
            end: 0,
            sent: Vec::with_capacity(SMALL),
            protocol: Protocol::FIRST,
            ends: false,
            refused: false,
        })
    }

    /// Waits for the next request. `None`: there is none, or none that can be answered.
    pub fn receive(&mut self) -> Option<Request> {
        if self.ends {
            return None;
        }
        let rules = *self.visit.listener().rules();
        let deadline = Instant::now() + rules.patience;
        let mut hurried = false;
        let request = loop {
            if self.start < self.end {
                let received = &self.received[self.start..self.end];
                match Request::parse(received, rules.crashes) {
                    Ok(Some((length, request))) => {
                        self.start += length;
                        break request;
                    }
                    Ok(None) if self.end - self.start < HEAD_BYTES => {}
                    Ok(None) => return self.give_up(Answer::TOO_LARGE),
                    Err(answer) => return self.give_up(answer),
                }
                // Who sends a head in pieces has less time for each.
                hurried = true;
                let left = deadline.saturating_duration_since(Instant::now());
                let left = left.max(Duration::from_micros(1));
                self.stream.set_read_timeout(Some(left)).ok()?;
            }
            self.make_room();
            match (&*self.stream).read(&mut self.received[self.end..]) {
                Ok(0) => return None,
                Ok(length) => self.end += length,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) {
                        self.visit.count_trouble("timeout");
                    }
                    return None;
                }
            }
        };
        if hurried {
            self.stream.set_read_timeout(Some(rules.patience)).ok()?;
        }
        self.protocol = request.protocol;
        Some(request)
    }

    /// Sends an answer to the request that was received last.
    pub fn send(&mut self, answer: Answer) {
        self.visit.count(&answer);
        self.protocol.keep_alive &= !self.visit.listener().is_ending();
        self.refused |= answer.closes;
        self.ends |= answer.closes || !self.protocol.keep_alive;
        self.sent.clear();
        answer.write_head(&mut self.sent, self.protocol);
        let mut body = match self.protocol.head_only {
            true => &[],
            false => answer.body,
        };
        if body.len() <= SMALL {
            self.sent.extend_from_slice(body);
            body = &[];
        }
        // A client that takes no answer sends no request.
        self.ends |= write(&self.stream, &self.sent, body).is_err();
    }

    /// Answers what is no request.
    fn give_up(&mut self, answer: Answer) -> Option<Request> {
        self.protocol = Protocol::FIRST;
        self.send(answer);
        None
    }

    /// Takes, and throws away, what a client still sends, for a moment: to close the connection with bytes unread would reset
    /// it, and could cost the client its answer (RFC 9112, 9.6).
    fn linger(&mut self) -> io::Result<()> {
        let end = Instant::now() + LINGER;
        self.stream.shutdown(Shutdown::Write)?;
        self.stream.set_read_timeout(Some(LINGER))?;
        while (&*self.stream).read(&mut self.received[..])? > 0 && Instant::now() < end {}
        Ok(())
    }

    /// Moves what is not answered to the front.
    fn make_room(&mut self) {
        if self.start > 0 {
            self.received.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.refused {
            // A client that is gone needs no answer.
            let _ = self.linger();
        }
        self.visit.listener().forget(self.key);
    }
}

fn write(mut stream: &TcpStream, mut head: &[u8], mut body: &[u8]) -> io::Result<()> {
    while !head.is_empty() || !body.is_empty() {
        let written = match (head, body) {
            (head, []) => stream.write(head),
            (head, body) => stream.write_vectored(&[IoSlice::new(head), IoSlice::new(body)]),
        };
        match written {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => {
                let of_head = written.min(head.len());
                head = &head[of_head..];
                body = &body[written - of_head..];
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
