//! What clients ask of a manager, and what it answers.

use std::fmt;
use std::sync::Arc;

use serde::de::{DeserializeOwned, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};
use crate::wire::Message;

/// A serialised key or value: the manager does not know its type. An answer shares it with the
/// dictionary, so that it takes no memory of its own while it waits to be read.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) struct Bytes(pub(super) Arc<[u8]>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        struct AnyBytes;

        impl Visitor<'_> for AnyBytes {
            type Value = Bytes;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("bytes")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.into()))
            }
        }

        deserializer.deserialize_bytes(AnyBytes)
    }
}

pub(super) fn to_bytes<T: Serialize>(value: &T) -> Result<Bytes> {
    let Message { bytes, descriptors } = Message::of(value)?;
    match descriptors.is_empty() {
        true => Ok(Bytes(bytes.into())),
        false => Err(Error::Serialise(
            "a descriptor: a dictionary keeps none".to_owned(),
        )),
    }
}

pub(super) fn from_bytes<T: DeserializeOwned>(bytes: &Bytes) -> Result<T> {
    Message::from(bytes.0.to_vec()).value()
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) dict: String,
    /// The signature of the client's keys and values.
    pub(super) types: String,
    pub(super) operation: Operation,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Operation {
    Get(Bytes),
    Set(Bytes, Option<Bytes>),
    Update(Vec<(Bytes, Bytes)>),
    CompareAndSet(Bytes, Option<Bytes>, Option<Bytes>),
    Items,
    Len,
    Clear,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    Done,
    Value(Option<Bytes>),
    Changed(bool),
    Items(Vec<(Bytes, Bytes)>),
    Len(usize),
    /// The dictionary has keys and values of these types.
    OtherTypes(String),
    /// The answer would have so many bytes, more than a message may.
    TooLarge(usize),
}
