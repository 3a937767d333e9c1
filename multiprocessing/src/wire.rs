//! Values as bytes and descriptors: what a message is before it enters a socket.
//!
//! Bytes are postcard's. A descriptor (the end of a pipe, shared memory) cannot be bytes: while a
//! message is made, each one found in the value goes into a table beside them, and its place in
//! that table is what is written.

use std::any::type_name;
use std::cell::RefCell;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use serde::de::{DeserializeOwned, Error as _};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};
use crate::{DESCRIPTOR_LIMIT, MESSAGE_LIMIT};

/// Values, serialised one after another.
#[derive(Clone, Debug, Default)]
pub(crate) struct Message {
    pub bytes: Vec<u8>,
    /// Shared with what they were found in: a message that waits to be sent opens no files.
    pub descriptors: Vec<Arc<OwnedFd>>,
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
        let table = Table::open(&mut self.descriptors);
        let result = postcard::to_io(value, &mut self.bytes).map(drop);
        drop(table);
        let result = result
            .map_err(|error| Error::Serialise(format!("{}: {error}", type_name::<T>())))
            .and_then(|()| self.check());
        if result.is_err() {
            self.bytes.truncate(length);
            self.descriptors.truncate(count);
        }
        result
    }

    fn check(&self) -> Result<()> {
        let (bytes, count) = (self.bytes.len(), self.descriptors.len());
        match () {
            () if bytes > MESSAGE_LIMIT => Err(Error::TooLarge { bytes }),
            () if count > DESCRIPTOR_LIMIT => Err(Error::TooManyDescriptors { count }),
            () => Ok(()),
        }
    }

    /// The value that begins at `position`, which moves past it.
    pub fn read<T: DeserializeOwned>(&self, position: &mut usize) -> Result<T> {
        let mut descriptors = self.descriptors.clone();
        let table = Table::open(&mut descriptors);
        let taken = postcard::take_from_bytes::<T>(self.bytes.get(*position..).unwrap_or_default());
        drop(table);
        let (value, rest) =
            taken.map_err(|error| Error::Deserialise(format!("{}: {error}", type_name::<T>())))?;
        *position = self.bytes.len() - rest.len();
        Ok(value)
    }

    /// The one value of the message.
    pub fn value<T: DeserializeOwned>(&self) -> Result<T> {
        let mut position = 0;
        let value = self.read(&mut position)?;
        match self.bytes.len() - position {
            0 => Ok(value),
            left => Err(Error::Deserialise(format!("{left} bytes are left over"))),
        }
    }
}

thread_local! {
    // `None` outside of a message: a descriptor met there cannot cross.
    static TABLE: RefCell<Option<Vec<Arc<OwnedFd>>>> = const { RefCell::new(None) };
}

/// As long as it lives, [`Descriptor`]s are written to this table, or read from it.
///
/// They nest, because a value may use pipes of its own while it is being serialised.
struct Table<'a> {
    descriptors: &'a mut Vec<Arc<OwnedFd>>,
    outer: Option<Vec<Arc<OwnedFd>>>,
}

impl Table<'_> {
    fn open(descriptors: &mut Vec<Arc<OwnedFd>>) -> Table<'_> {
        let outer = TABLE.replace(Some(std::mem::take(descriptors)));
        Table { descriptors, outer }
    }
}

impl Drop for Table<'_> {
    fn drop(&mut self) {
        *self.descriptors = TABLE.replace(self.outer.take()).unwrap_or_default();
    }
}

/// A descriptor that crosses with the message in which it is found.
#[derive(Clone, Debug)]
pub(crate) struct Descriptor(pub Arc<OwnedFd>);

impl Serialize for Descriptor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let place = TABLE.with_borrow_mut(|table| {
            let table = table.as_mut()?;
            table.push(Arc::clone(&self.0));
            u32::try_from(table.len() - 1).ok()
        });
        let place = place.ok_or_else(|| {
            S::Error::custom(
                "pipes, queues and shared memory cross only between processes: \
                 pass them to a task, or send them through a pipe",
            )
        })?;
        place.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Descriptor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let place = u32::deserialize(deserializer)? as usize;
        let found = TABLE.with_borrow(|table| table.as_ref()?.get(place).cloned());
        found
            .map(Descriptor)
            .ok_or_else(|| D::Error::custom("the message carries no such descriptor"))
    }
}
