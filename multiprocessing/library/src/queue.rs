//! Many producers, many consumers, in any processes.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::socket::{Received, Wait, pair, receive, send, try_send};
use crate::wire::{Descriptor, Message};

/// A queue between processes: what any producer puts in, one consumer gets.
///
/// It is a pair of sockets, and the kernel its only lock: a process may be killed in the middle of [`put`](Queue::put)
/// or [`get`](Queue::get), and the others go on. It holds about 200 kB, and at least 200 small items; when it is full, `put` waits.
///
/// A `Queue` has both ends. [`producer`](Queue::producer) and [`consumer`](Queue::consumer) hand out one: a consumer comes to an
/// end when all producers and queues are gone.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Queue<T> {
    producer: Producer<T>,
    consumer: Consumer<T>,
}

/// The end of a [`Queue`] that items are put in.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Producer<T> {
    socket: Descriptor,
    item: PhantomData<fn(T)>,
}

/// The end of a [`Queue`] that items are got from. As an iterator it ends when every producer is gone.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Consumer<T> {
    socket: Descriptor,
    item: PhantomData<fn() -> T>,
}

impl<T: Serialize + DeserializeOwned> Queue<T> {
    /// An empty queue.
    ///
    /// # Errors
    ///
    /// If the process has too many open files.
    pub fn new() -> Result<Queue<T>> {
        let (entrance, exit) = pair()?;
        Ok(Queue {
            producer: Producer {
                socket: Descriptor(Arc::new(entrance)),
                item: PhantomData,
            },
            consumer: Consumer {
                socket: Descriptor(Arc::new(exit)),
                item: PhantomData,
            },
        })
    }

    /// One more producer.
    pub fn producer(&self) -> Producer<T> {
        self.producer.clone()
    }

    /// One more consumer.
    pub fn consumer(&self) -> Consumer<T> {
        self.consumer.clone()
    }

    /// The two ends apart.
    pub fn split(self) -> (Producer<T>, Consumer<T>) {
        (self.producer, self.consumer)
    }

    /// As [`Producer::put`].
    ///
    /// # Errors
    ///
    /// As [`Producer::put`].
    pub fn put(&self, item: T) -> Result<()> {
        self.producer.put(item)
    }

    /// As [`Producer::put_timeout`].
    ///
    /// # Errors
    ///
    /// As [`Producer::put_timeout`].
    pub fn put_timeout(&self, item: T, timeout: Duration) -> Result<()> {
        self.producer.put_timeout(item, timeout)
    }

    /// As [`Producer::try_put`].
    ///
    /// # Errors
    ///
    /// As [`Producer::try_put`].
    pub fn try_put(&self, item: T) -> Result<()> {
        self.producer.try_put(item)
    }

    /// As [`Consumer::get`], but it does not come to an end: this queue itself could be put into.
    ///
    /// # Errors
    ///
    /// As [`Consumer::get`].
    pub fn get(&self) -> Result<T> {
        self.consumer.get()
    }

    /// As [`Consumer::get_timeout`].
    ///
    /// # Errors
    ///
    /// As [`Consumer::get_timeout`].
    pub fn get_timeout(&self, timeout: Duration) -> Result<T> {
        self.consumer.get_timeout(timeout)
    }

    /// As [`Consumer::try_get`].
    ///
    /// # Errors
    ///
    /// As [`Consumer::try_get`].
    pub fn try_get(&self) -> Result<T> {
        self.consumer.try_get()
    }
}

impl<T: Serialize> Producer<T> {
    /// Puts an item in. Waits while the queue is full.
    ///
    /// # Errors
    ///
    /// [`Error::Disconnected`] if every consumer is gone; if the item cannot be serialised, or is too large;
    /// if it is long, and this process has too many open files to make one more for it.
    pub fn put(&self, item: T) -> Result<()> {
        send(&self.socket.0, &Message::of(&item)?, Wait::Forever).map(drop)
    }

    /// Puts an item in. Waits while the queue is full, but no longer than this.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`], and as [`put`](Producer::put).
    pub fn put_timeout(&self, item: T, timeout: Duration) -> Result<()> {
        match send(&self.socket.0, &Message::of(&item)?, Wait::within(timeout))? {
            true => Ok(()),
            false => Err(Error::TimedOut),
        }
    }

    /// Puts an item in, if there is room for it now.
    ///
    /// # Errors
    ///
    /// [`Error::Full`] if there is none, and as [`put`](Producer::put).
    pub fn try_put(&self, item: T) -> Result<()> {
        try_send(&self.socket.0, &Message::of(&item)?)
    }
}

impl<T: DeserializeOwned> Consumer<T> {
    /// Gets the item that has waited longest. Waits until there is one.
    ///
    /// # Errors
    ///
    /// [`Error::Disconnected`] if the queue is empty and every producer is gone. An item that cannot be read is an error and
    /// lost: it is no `T` ([`Error::Deserialise`]), or this process has too many open files to take it.
    pub fn get(&self) -> Result<T> {
        self.receive(Wait::Forever)
    }

    /// Gets the item that has waited longest. Waits until there is one, but no longer than this.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`], and as [`get`](Consumer::get).
    pub fn get_timeout(&self, timeout: Duration) -> Result<T> {
        self.receive(Wait::within(timeout))
    }

    /// Gets the item that has waited longest, if there is one now.
    ///
    /// # Errors
    ///
    /// [`Error::Empty`] if there is none, and as [`get`](Consumer::get).
    pub fn try_get(&self) -> Result<T> {
        self.receive(Wait::Never)
    }

    fn receive(&self, wait: Wait) -> Result<T> {
        match receive(&self.socket.0, wait)? {
            Received::Message(message) => message.value(),
            Received::Nothing if wait == Wait::Never => Err(Error::Empty),
            Received::Nothing => Err(Error::TimedOut),
            Received::End => Err(Error::Disconnected),
        }
    }
}

impl<T: DeserializeOwned> Iterator for Consumer<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        match self.get() {
            Err(Error::Disconnected) => None,
            item => Some(item),
        }
    }
}

impl<T> Clone for Producer<T> {
    fn clone(&self) -> Producer<T> {
        Producer {
            socket: self.socket.clone(),
            item: PhantomData,
        }
    }
}

impl<T> Clone for Consumer<T> {
    fn clone(&self) -> Consumer<T> {
        Consumer {
            socket: self.socket.clone(),
            item: PhantomData,
        }
    }
}
