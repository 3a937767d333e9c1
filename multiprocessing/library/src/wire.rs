//! Values as bytes and descriptors: what a message is before it enters a socket.
//!
//! Bytes are postcard's, behind each value the digest of its [`Shape`](crate::shape::Shape). A descriptor (the end of a pipe, shared memory) cannot be bytes: while a
//! message is made, each one found in the value goes into a table beside them, and its place in
//! that table is written.

use std::any::type_name;
use std::cell::{Cell, RefCell};
use std::os::fd::OwnedFd;
use std::sync::Arc;

use serde::de::{DeserializeOwned, Error as _};
use serde::ser::Error as _;
use serde::{Deserialize, Serialize, Serializer};

use crate::decode::decode;
use crate::encode::{Appender, encode};
use crate::error::{Error, Result};
use crate::limits::{DESCRIPTOR_LIMIT, MESSAGE_LIMIT, PACKET_LIMIT};
use crate::shape::Fault;

/// Room enough for most messages of a few numbers.
pub(crate) const SMALL: usize = 32;

/// Values, serialised one after another.
#[derive(Clone, Debug, Default)]
pub(crate) struct Message {
    pub bytes: Vec<u8>,
    /// Shared with their values: a message that waits to be sent opens no files.
    pub descriptors: Vec<Arc<OwnedFd>>,
}

impl Message {
    /// A message without a value. There is room for so many bytes, as far as they fit a packet.
    pub(crate) fn with_capacity(bytes: usize) -> Message {
        Message {
            bytes: Vec::with_capacity(bytes.min(PACKET_LIMIT)),
            descriptors: Vec::new(),
        }
    }

    /// A message of one value.
    pub(crate) fn of<T: Serialize>(value: &T) -> Result<Message> {
        let mut message = Message::with_capacity(SMALL);
        message.push(value)?;
        Ok(message)
    }

    /// Appends a value. After an error or a panic a part of it is there: [`cut`](Message::cut) it off.
    #[inline]
    pub(crate) fn push<T: Serialize>(&mut self, value: &T) -> Result<()> {
        self.push_each(std::slice::from_ref(value))
    }

    /// Appends values, as [`push`](Message::push) does.
    #[inline]
    pub(crate) fn push_each<T: Serialize>(&mut self, values: &[T]) -> Result<()> {
        let table = Table::open(&mut self.descriptors);
        for value in values {
            encode(value, &mut self.bytes).map_err(|fault| Error::Serialise(reason::<T>(fault)))?;
            if self.bytes.len() > MESSAGE_LIMIT {
                break;
            }
        }
        drop(table);
        self.check()
    }

    /// Appends a value of this crate's own, whose two halves agree: bare postcard.
    #[inline]
    pub(crate) fn push_header<T: Serialize>(&mut self, header: &T) -> Result<()> {
        let table = Table::open(&mut self.descriptors);
        postcard::serialize_with_flavor(header, Appender(&mut self.bytes))
            .map_err(|error| Error::Serialise(reason::<T>(error.into())))?;
        drop(table);
        self.check()
    }

    /// A message of one header.
    pub(crate) fn of_header<T: Serialize>(header: &T) -> Result<Message> {
        let mut message = Message::with_capacity(SMALL);
        message.push_header(header)?;
        Ok(message)
    }

    /// Takes everything off. It keeps the room, unless that is more than most messages need.
    pub(crate) fn clear(&mut self) {
        self.cut((0, 0));
        self.bytes.shrink_to(PACKET_LIMIT);
    }

    /// How many bytes and descriptors it has.
    pub(crate) fn length(&self) -> (usize, usize) {
        (self.bytes.len(), self.descriptors.len())
    }

    /// Takes off what was appended since it had this length.
    pub(crate) fn cut(&mut self, (bytes, descriptors): (usize, usize)) {
        self.bytes.truncate(bytes);
        self.descriptors.truncate(descriptors);
    }

    fn check(&self) -> Result<()> {
        let (bytes, count) = self.length();
        match () {
            () if bytes > MESSAGE_LIMIT => Err(Error::TooLarge { bytes }),
            () if count > DESCRIPTOR_LIMIT => Err(Error::TooManyDescriptors { count }),
            () => Ok(()),
        }
    }

    /// The value that begins at `position`, which moves past it.
    ///
    /// If the value cannot be read, or reading it panics, the place of the next one is unknown: it
    /// cannot be read either.
    #[inline]
    pub(crate) fn read<T: DeserializeOwned>(&self, position: &mut usize) -> Result<T> {
        self.read_as(position, decode)
    }

    /// The header that begins at `position`, as [`read`](Message::read) does it.
    #[inline]
    pub(crate) fn read_header<T: DeserializeOwned>(&self, position: &mut usize) -> Result<T> {
        self.read_as(position, |bytes| Ok(postcard::take_from_bytes(bytes)?))
    }

    #[inline]
    fn read_as<T>(
        &self,
        position: &mut usize,
        decode: impl FnOnce(&[u8]) -> Result<(T, &[u8]), Fault>,
    ) -> Result<T> {
        let start = std::mem::replace(position, LOST);
        let bytes = self.bytes.get(start..).ok_or_else(after_lost::<T>)?;
        let mut descriptors = self.descriptors.clone();
        let table = Table::open(&mut descriptors);
        let taken = decode(bytes);
        drop(table);
        match taken {
            Ok((value, rest)) => {
                *position = self.bytes.len() - rest.len();
                Ok(value)
            }
            Err(fault) => Err(Error::Deserialise(reason::<T>(fault))),
        }
    }

    /// Hands over `count` values, the first of which begins at `position`.
    #[inline]
    pub(crate) fn read_each<T: DeserializeOwned>(
        &self,
        position: usize,
        count: usize,
        mut each: impl FnMut(T),
    ) -> Result<()> {
        let mut descriptors = self.descriptors.clone();
        let _table = Table::open(&mut descriptors);
        let mut bytes = self.bytes.get(position..).unwrap_or_default();
        for _ in 0..count {
            let (value, rest) =
                decode(bytes).map_err(|fault| Error::Deserialise(reason::<T>(fault)))?;
            bytes = rest;
            each(value);
        }
        Ok(())
    }

    /// The one value of the message.
    pub(crate) fn value<T: DeserializeOwned>(&self) -> Result<T> {
        let mut position = 0;
        let value = self.read(&mut position)?;
        self.all_read(position, value)
    }

    /// The one header of the message.
    pub(crate) fn header<T: DeserializeOwned>(&self) -> Result<T> {
        let mut position = 0;
        let header = self.read_header(&mut position)?;
        self.all_read(position, header)
    }

    fn all_read<T>(&self, position: usize, value: T) -> Result<T> {
        match self.bytes.len() - position {
            0 => Ok(value),
            left => Err(Error::Deserialise(format!("{left} bytes are left over"))),
        }
    }
}

impl From<Vec<u8>> for Message {
    /// A message of these bytes, without descriptors.
    fn from(bytes: Vec<u8>) -> Message {
        Message {
            bytes,
            descriptors: Vec::new(),
        }
    }
}

/// A position behind the end of every message.
const LOST: usize = usize::MAX;

#[cold]
fn after_lost<T>() -> Error {
    let name = type_name::<T>();
    Error::Deserialise(format!("{name}: a value before it could not be read"))
}

/// Why a value of this type did not cross.
#[cold]
fn reason<T>(fault: Fault) -> String {
    format!("{}: {fault}", type_name::<T>())
}

thread_local! {
    static STATE: Cell<State> = const { Cell::new(State::Closed) };
    /// The tables that are filled, the innermost last.
    static TABLES: RefCell<Vec<Vec<Arc<OwnedFd>>>> = const { RefCell::new(Vec::new()) };
}

/// The table for [`Descriptor`]s in this thread. Most messages carry none, and look no further.
#[derive(Clone, Copy, PartialEq)]
enum State {
    /// No message is being made or read: a descriptor cannot cross.
    Closed,
    /// The table of the message is empty.
    Empty,
    Filled,
}

/// As long as it lives, [`Descriptor`]s are written to the table of this message, or read from it.
///
/// They nest, because a value may use pipes of its own while it is being serialised.
struct Table<'a> {
    descriptors: &'a mut Vec<Arc<OwnedFd>>,
    outer: State,
}

impl Table<'_> {
    #[inline]
    fn open(descriptors: &mut Vec<Arc<OwnedFd>>) -> Table<'_> {
        let mut state = State::Empty;
        if !descriptors.is_empty() {
            TABLES.with_borrow_mut(|tables| tables.push(std::mem::take(descriptors)));
            state = State::Filled;
        }
        Table {
            descriptors,
            outer: STATE.replace(state),
        }
    }

    #[cold]
    fn close(&mut self) {
        let table = TABLES.with_borrow_mut(Vec::pop);
        *self.descriptors = table.unwrap_or_default();
    }
}

impl Drop for Table<'_> {
    #[inline]
    fn drop(&mut self) {
        if STATE.replace(self.outer) == State::Filled {
            self.close();
        }
    }
}

/// A descriptor that crosses with the message in which it is found.
#[derive(Clone, Debug)]
pub(crate) struct Descriptor(pub Arc<OwnedFd>);

impl Serialize for Descriptor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let place = TABLES.with_borrow_mut(|tables| {
            match STATE.get() {
                State::Closed => return None,
                State::Empty => tables.push(Vec::new()),
                State::Filled => {}
            }
            STATE.set(State::Filled);
            let table = tables.last_mut()?;
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
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let place = u32::deserialize(deserializer)? as usize;
        let found = TABLES.with_borrow(|tables| match STATE.get() {
            State::Filled => tables.last()?.get(place).cloned(),
            State::Closed | State::Empty => None,
        });
        found
            .map(Descriptor)
            .ok_or_else(|| D::Error::custom("the message carries no such descriptor"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::protocol::{Reply, Request};

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    enum Value {
        Nothing,
        Numbers(Vec<i64>),
        Names(BTreeMap<String, (char, Option<u16>)>),
        Text {
            text: String,
            more: Option<Box<Value>>,
        },
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Nothing),
            any::<Vec<i64>>().prop_map(Value::Numbers),
            any::<BTreeMap<String, (char, Option<u16>)>>().prop_map(Value::Names)
        ];
        leaf.prop_recursive(4, 16, 1, |inner| {
            let more = proptest::option::of(inner.prop_map(Box::new));
            (any::<String>(), more).prop_map(|(text, more)| Value::Text { text, more })
        })
    }

    proptest! {
        #[test]
        fn values_come_back_as_they_were(values in proptest::collection::vec(value(), 0..8)) {
            let mut message = Message::default();
            for value in &values {
                message.push(value).unwrap();
            }
            let mut position = 0;
            for value in values {
                prop_assert_eq!(message.read::<Value>(&mut position).unwrap(), value);
            }
            prop_assert_eq!(position, message.bytes.len());
        }

        #[test]
        fn any_bytes_are_a_value_or_an_error(bytes: Vec<u8>) {
            let message = Message { bytes, descriptors: Vec::new() };
            let _ = message.read_header::<Request>(&mut 0);
            let _ = message.read_header::<Reply>(&mut 0);
            let _ = message.value::<Value>();
            let _ = message.value::<Vec<(String, Descriptor)>>();
        }
    }

    #[test]
    fn a_value_that_cannot_be_serialised_is_cut_off_again() {
        struct Stubborn(Descriptor);

        impl Serialize for Stubborn {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.0.serialize(serializer)?;
                Err(S::Error::custom("enough"))
            }
        }

        let file = Arc::new(OwnedFd::from(std::fs::File::open("/dev/null").unwrap()));
        let mut message = Message::of(&7).unwrap();
        let length = message.length();
        let error = message.push(&(1, "text", Stubborn(Descriptor(Arc::clone(&file)))));
        assert!(matches!(error, Err(Error::Serialise(_))));
        message.cut(length);
        assert_eq!(
            (message.value::<i32>().unwrap(), message.descriptors.len()),
            (7, 0)
        );
        assert_eq!(Arc::strong_count(&file), 1);
    }

    #[test]
    fn a_value_behind_an_unreadable_one_is_not_read_either() {
        let mut message = Message::of(&2_u8).unwrap();
        message.push(&1_u8).unwrap();
        let mut position = 0;
        assert!(message.read::<bool>(&mut position).is_err());
        assert!(message.read::<bool>(&mut position).is_err());
        assert!(message.read::<()>(&mut position).is_err());
    }

    #[test]
    fn left_over_bytes_are_an_error() {
        let message = Message::of(&(1_u8, 2_u8)).unwrap();
        assert!(matches!(message.value::<u8>(), Err(Error::Deserialise(_))));
    }

    #[test]
    fn a_message_of_as_many_bytes_as_the_limit_is_sent_and_one_more_is_refused() {
        // Zeros that are not touched take no memory.
        let of = |length| Message::from(vec![0; length]).check();
        assert!(of(MESSAGE_LIMIT).is_ok());
        let refused = of(MESSAGE_LIMIT + 1);
        assert!(
            matches!(refused, Err(Error::TooLarge { bytes }) if bytes == MESSAGE_LIMIT + 1),
            "{refused:?}"
        );
    }

    #[test]
    fn a_message_that_was_cleared_keeps_the_room_of_a_packet_alone() {
        let mut message = Message::from(vec![0; 10 * PACKET_LIMIT]);
        message.clear();
        assert_eq!(message.length(), (0, 0));
        assert!(message.bytes.capacity() < 2 * PACKET_LIMIT);
    }

    #[test]
    fn a_message_of_as_many_descriptors_as_the_limit_is_sent_and_one_more_is_refused() {
        let file = Arc::new(OwnedFd::from(std::fs::File::open("/dev/null").unwrap()));
        let of = |count| {
            let message = Message {
                bytes: Vec::new(),
                descriptors: vec![Arc::clone(&file); count],
            };
            message.check()
        };
        assert!(of(DESCRIPTOR_LIMIT).is_ok());
        let refused = of(DESCRIPTOR_LIMIT + 1);
        assert!(
            matches!(refused, Err(Error::TooManyDescriptors { count }) if count == DESCRIPTOR_LIMIT + 1),
            "{refused:?}"
        );
    }

    #[test]
    fn each_descriptor_comes_back_in_its_own_place() {
        let files = ["/dev/null", "/dev/zero", "/dev/full"];
        let files = files.map(|path| Arc::new(OwnedFd::from(std::fs::File::open(path).unwrap())));
        let [null, zero, full] = files.each_ref().map(|file| Descriptor(Arc::clone(file)));
        let mut message = Message::of(&(null, 7_u8, zero)).unwrap();
        message.push(&full).unwrap();
        let mut position = 0;
        let read: (Descriptor, u8, Descriptor) = message.read(&mut position).unwrap();
        let last: Descriptor = message.read(&mut position).unwrap();
        let read = [read.0, read.2, last];
        for (read, file) in read.iter().zip(&files) {
            assert!(Arc::ptr_eq(&read.0, file));
        }
        assert_eq!(message.descriptors.len(), 3);
    }

    #[test]
    fn the_error_of_a_value_that_did_not_cross_names_its_type() {
        let error = Message::of(&2_u8).unwrap().value::<bool>().unwrap_err();
        assert!(
            matches!(&error, Error::Deserialise(why) if why.starts_with("bool: ")),
            "{error:?}"
        );
    }
}
