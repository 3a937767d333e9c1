//! Two ends of a conversation.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use rustix::event::PollFlags;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::socket::{Received, Wait, pair, ready, receive, send, try_send};
use crate::wire::{Descriptor, Message};

/// One end of a pipe: it sends values of `S` and receives values of `R`.
///
/// An end can be passed to a process or sent through another pipe. A copy of it stays where it was until it is dropped
/// there. When two processes receive from the same end, each message goes to one of them, whole.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Pipe<S, R = S> {
    socket: Descriptor,
    values: PhantomData<fn(S) -> R>,
}

impl<S: Serialize, R: DeserializeOwned> Pipe<S, R> {
    /// The two ends of a new pipe. What one sends the other receives.
    ///
    /// # Errors
    ///
    /// If the process has too many open files.
    pub fn new() -> Result<(Pipe<S, R>, Pipe<R, S>)> {
        let (one, other) = pair()?;
        let socket = |end| Descriptor(Arc::new(end));
        Ok((
            Pipe {
                socket: socket(one),
                values: PhantomData,
            },
            Pipe {
                socket: socket(other),
                values: PhantomData,
            },
        ))
    }

    /// Sends a value. Waits while the pipe is full: it holds about 200 kB that have not been received.
    ///
    /// # Errors
    ///
    /// [`Error::Disconnected`] if every copy of the other end is closed; if the value cannot be serialised, or is too large;
    /// if it is long, and this process has too many open files to make one more for it.
    pub fn send(&self, value: S) -> Result<()> {
        send(&self.socket.0, &Message::of(&value)?, Wait::Forever).map(drop)
    }

    /// Sends a value. Waits while the pipe is full, but no longer than this.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`], and as [`send`](Pipe::send).
    pub fn send_timeout(&self, value: S, timeout: Duration) -> Result<()> {
        match send(&self.socket.0, &Message::of(&value)?, Wait::within(timeout))? {
            true => Ok(()),
            false => Err(Error::TimedOut),
        }
    }

    /// Sends a value, if there is room for it now.
    ///
    /// # Errors
    ///
    /// [`Error::Full`] if there is none, and as [`send`](Pipe::send).
    pub fn try_send(&self, value: S) -> Result<()> {
        try_send(&self.socket.0, &Message::of(&value)?)
    }

    /// Receives a value. Waits until there is one.
    ///
    /// # Errors
    ///
    /// [`Error::Disconnected`] if there is none, and every copy of the other end is closed. A value that cannot be read is an
    /// error and lost: it is no `R` ([`Error::Deserialise`]), or this process has too many open files to take it.
    pub fn recv(&self) -> Result<R> {
        self.receive(Wait::Forever)
    }

    /// Receives a value, if there is one now.
    ///
    /// # Errors
    ///
    /// [`Error::Empty`] if there is none, and as [`recv`](Pipe::recv).
    pub fn try_recv(&self) -> Result<R> {
        self.receive(Wait::Never)
    }

    /// Receives a value. Waits until there is one, but no longer than this.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`], and as [`recv`](Pipe::recv).
    pub fn recv_timeout(&self, timeout: Duration) -> Result<R> {
        self.receive(Wait::within(timeout))
    }

    /// Whether there is something to receive, a value or the end of the pipe. Waits for it no longer
    /// than this.
    ///
    /// # Errors
    ///
    /// If the system refuses to wait.
    pub fn poll(&self, timeout: Duration) -> Result<bool> {
        ready(&self.socket.0, PollFlags::IN, Wait::within(timeout))
    }

    fn receive(&self, wait: Wait) -> Result<R> {
        match receive(&self.socket.0, wait)? {
            Received::Message(message) => message.value(),
            Received::Nothing if wait == Wait::Never => Err(Error::Empty),
            Received::Nothing => Err(Error::TimedOut),
            Received::End => Err(Error::Disconnected),
        }
    }
}

impl<S, R> Clone for Pipe<S, R> {
    fn clone(&self) -> Pipe<S, R> {
        Pipe {
            socket: self.socket.clone(),
            values: PhantomData,
        }
    }
}
