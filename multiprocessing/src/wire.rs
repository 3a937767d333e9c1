//! Values as bytes and descriptors: what a message is before it enters a socket.
//!
//! Bytes are postcard's. A descriptor (the end of a pipe, a shared value) cannot be bytes: while a message is
//! made, each one found in the value goes into a table beside them, and its place in that table is what is written.

use std::cell::RefCell;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use serde::de::{DeserializeOwned, Error as _};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};
use crate::{DESCRIPTOR_LIMIT, MESSAGE_LIMIT};

/// The descriptors of a message. Each in an `Arc`, so that a message that waits to be sent holds none of its own.
pub(crate) type Descriptors = Vec<Arc<OwnedFd>>;

thread_local! {
    // `None` outside of a message: a descriptor met there cannot cross.
    static TABLE: RefCell<Option<Descriptors>> = const { RefCell::new(None) };
}

/// Runs `body` with `descriptors` as the table that [`Descriptor`] is written to and read from.
///
/// Nests, because a value may use pipes of its own while it is being serialised.
fn with_table<T>(descriptors: &mut Descriptors, body: impl FnOnce() -> T) -> T {
    let outer = TABLE.replace(Some(std::mem::take(descriptors)));
    let result = body();
    *descriptors = TABLE.replace(outer).unwrap_or_default();
    result
}

/// Values, serialised one after another.
#[derive(Clone, Debug, Default)]
pub(crate) struct Message {
    pub bytes: Vec<u8>,
    pub descriptors: Descriptors,
}

impl Message {
    /// A message of one value.
    pub fn of<T: Serialize>(value: &T) -> Result<Message> {
        let mut message = Message::default();
        message.push(value)?;
        Ok(message)
    }

    /// Appends a value, or leaves the message as it was.
    pub fn push<T: Serialize>(&mut self, value: &T) -> Result<()> {
        let (length, count) = (self.bytes.len(), self.descriptors.len());
        let bytes = &mut self.bytes;
        let result = with_table(&mut self.descriptors, || {
            postcard::to_io(value, bytes).map(drop)
        });
        result.map_err(|error| {
            self.bytes.truncate(length);
            self.descriptors.truncate(count);
            Error::Serialise(format!("{}: {error}", std::any::type_name::<T>()))
        })
    }

    /// Checks the limits.
    pub fn check(&self) -> Result<()> {
        if self.bytes.len() > MESSAGE_LIMIT {
            return Err(Error::TooLarge {
                bytes: self.bytes.len(),
            });
        }
        if self.descriptors.len() > DESCRIPTOR_LIMIT {
            return Err(Error::TooManyDescriptors {
                count: self.descriptors.len(),
            });
        }
        Ok(())
    }

    /// The values of the message, from the first.
    pub fn reader(self) -> Reader {
        Reader {
            message: self,
            position: 0,
        }
    }

    /// The one value of the message.
    pub fn into_value<T: DeserializeOwned>(self) -> Result<T> {
        let mut reader = self.reader();
        let value = reader.next()?;
        reader.finish()?;
        Ok(value)
    }
}

#[derive(Clone)]
/// Takes values off a message, one after another.
pub(crate) struct Reader {
    message: Message,
    position: usize,
}

impl Reader {
    pub fn next<T: DeserializeOwned>(&mut self) -> Result<T> {
        let Message { bytes, descriptors } = &mut self.message;
        let rest = &bytes[self.position..];
        let taken = with_table(descriptors, || postcard::take_from_bytes::<T>(rest));
        let (value, rest) = taken.map_err(|error| {
            Error::Deserialise(format!("{}: {error}", std::any::type_name::<T>()))
        })?;
        self.position = bytes.len() - rest.len();
        Ok(value)
    }

    /// Checks that nothing is left.
    pub fn finish(self) -> Result<()> {
        match self.message.bytes.len() - self.position {
            0 => Ok(()),
            left => Err(Error::Deserialise(format!("{left} bytes are left over"))),
        }
    }
}

/// A descriptor that crosses with the message it is found in.
#[derive(Clone, Debug)]
pub(crate) struct Descriptor(pub Arc<OwnedFd>);

impl Serialize for Descriptor {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let place = TABLE.with_borrow_mut(|table| {
            let table = table.as_mut()?;
            table.push(Arc::clone(&self.0));
            u32::try_from(table.len() - 1).ok()
        });
        let outside = "the end of a pipe or queue, or shared memory, crosses only in messages between processes: \
                       pass it to a task, or send it through a pipe";
        place
            .ok_or_else(|| S::Error::custom(outside))?
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Descriptor {
    fn deserialize<D: Deserializer<'de>>(
        deserializer: D,
    ) -> std::result::Result<Descriptor, D::Error> {
        let place = u32::deserialize(deserializer)? as usize;
        let found = TABLE.with_borrow(|table| table.as_ref()?.get(place).cloned());
        found
            .map(Descriptor)
            .ok_or_else(|| D::Error::custom("this message carries no such descriptor"))
    }
}
