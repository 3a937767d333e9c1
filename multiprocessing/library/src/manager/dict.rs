//! A dictionary as its clients see it: each operation is a request to the manager that keeps it.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::io;
use std::marker::PhantomData;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::messages::{Answer, Operation, Request, from_bytes, to_bytes};
use crate::connection::{Connection, PATIENCE};
use crate::error::{Error, Result};
use crate::queue::Producer;
use crate::signature::signature;
use crate::wire::Descriptor;

/// Where new clients of this program connect: each puts in the far end of its own connection.
pub(super) type Entrance = Producer<Descriptor>;

/// A dictionary that a [`Manager`](crate::Manager) keeps.
///
/// Each operation is atomic. It crosses to another process as an argument, and opens a connection
/// of its own there. Two keys are the same if their serialised bytes are. All users of a dictionary
/// have to read the same values: `u32` and `u64` are different, a `String` and a `Box<str>` are not.
///
/// An operation waits 10 s for the manager to take a request, and 10 s for its answer; then it is an
/// [`Error::TimedOut`], and the operation may have been done or not. The manager hangs up on a
/// client that takes nothing of its answer for 10 s; for 1 s, while answers of more than 256 MiB
/// wait to be taken by all clients.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Dict<K, V> {
    name: String,
    /// The signature of its keys and values.
    types: String,
    source: Source,
    /// Opened when it is first used.
    #[serde(skip)]
    connection: Mutex<Option<Connection>>,
    #[serde(skip)]
    items: PhantomData<fn() -> (K, V)>,
}

/// How to reach the manager.
#[derive(Clone, Serialize, Deserialize)]
pub(super) enum Source {
    Local(Entrance),
    Remote(SocketAddr, Vec<u8>),
}

impl fmt::Debug for Source {
    /// Without the secret.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Local(_) => formatter.write_str("Local"),
            Source::Remote(address, _) => formatter.debug_tuple("Remote").field(address).finish(),
        }
    }
}

impl<K, V> Dict<K, V>
where
    K: Serialize + DeserializeOwned,
    V: Serialize + DeserializeOwned,
{
    pub(super) fn new(name: &str, source: Source, connection: Option<Connection>) -> Dict<K, V> {
        Dict {
            name: name.to_owned(),
            types: signature::<(K, V)>(),
            source,
            connection: Mutex::new(connection),
            items: PhantomData,
        }
    }

    /// The dictionary of this name that a manager keeps which [listens](crate::Manager::listen) at this
    /// address.
    ///
    /// # Errors
    ///
    /// If no manager listens there, or one with another secret ([`Error::Unauthenticated`]).
    pub fn connect(address: impl ToSocketAddrs, secret: &[u8], name: &str) -> Result<Dict<K, V>> {
        let addresses = address
            .to_socket_addrs()
            .map_err(Error::io("resolve an address"))?;
        let none = io::Error::from(io::ErrorKind::AddrNotAvailable);
        let mut error = Error::io("resolve an address")(none);
        for address in addresses {
            let source = Source::Remote(address, secret.to_vec());
            match source.connect() {
                Ok(connection) => return Ok(Dict::new(name, source, Some(connection))),
                Err(refusal) => error = refusal,
            }
        }
        Err(error)
    }

    /// How many keys there are.
    ///
    /// # Errors
    ///
    /// If the manager cannot be reached.
    pub fn len(&self) -> Result<usize> {
        match self.ask(Operation::Len)? {
            Answer::Len(length) => Ok(length),
            _ => Err(MISMATCH),
        }
    }

    /// Whether there are no keys.
    ///
    /// # Errors
    ///
    /// If the manager cannot be reached.
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Removes all keys.
    ///
    /// # Errors
    ///
    /// If the manager cannot be reached.
    pub fn clear(&self) -> Result<()> {
        self.ask(Operation::Clear).map(drop)
    }

    fn ask(&self, operation: Operation) -> Result<Answer> {
        let mut connection = self.connection.lock();
        let open = match &mut *connection {
            Some(open) => open,
            none => none.insert(self.source.connect()?),
        };
        let request = Request {
            dict: self.name.clone(),
            types: self.types.clone(),
            operation,
        };
        let answer = open.send(&request).and_then(|()| open.answer());
        match answer {
            Ok(Answer::OtherTypes(types)) => Err(Error::OtherTypes {
                dict: self.name.clone(),
                types,
            }),
            Ok(Answer::TooLarge(bytes)) => Err(Error::TooLarge { bytes }),
            Ok(answer) => Ok(answer),
            Err(error) => {
                // Where the next answer would begin is not known.
                *connection = None;
                Err(error)
            }
        }
    }

    /// The value of a key, if it has one.
    ///
    /// # Errors
    ///
    /// If the manager cannot be reached, or the value is not a `V`.
    pub fn get(&self, key: &K) -> Result<Option<V>> {
        self.value(Operation::Get(to_bytes(key)?))
    }

    /// Gives a key a value. Returns the one that it had.
    ///
    /// # Errors
    ///
    /// If the manager cannot be reached, or the key or value cannot be serialised.
    pub fn set(&self, key: K, value: V) -> Result<Option<V>> {
        self.value(Operation::Set(to_bytes(&key)?, Some(to_bytes(&value)?)))
    }

    /// Removes a key. Returns the value that it had.
    ///
    /// # Errors
    ///
    /// If the manager cannot be reached.
    pub fn remove(&self, key: &K) -> Result<Option<V>> {
        self.value(Operation::Set(to_bytes(key)?, None))
    }

    /// Gives many keys their values, all at once.
    ///
    /// # Errors
    ///
    /// If the manager cannot be reached, or an item cannot be serialised.
    pub fn update(&self, items: impl IntoIterator<Item = (K, V)>) -> Result<()> {
        let items = items
            .into_iter()
            .map(|(key, value)| Ok((to_bytes(&key)?, to_bytes(&value)?)));
        self.ask(Operation::Update(items.collect::<Result<_>>()?))
            .map(drop)
    }

    /// Changes the value of a key from `expected` to `new`, if that is what it is; `None` stands for
    /// no value. Whether it was so.
    ///
    /// # Errors
    ///
    /// If the manager cannot be reached, or the key or a value cannot be serialised.
    pub fn compare_and_set(&self, key: &K, expected: Option<&V>, new: Option<&V>) -> Result<bool> {
        let expected = expected.map(to_bytes).transpose()?;
        let new = new.map(to_bytes).transpose()?;
        match self.ask(Operation::CompareAndSet(to_bytes(key)?, expected, new))? {
            Answer::Changed(changed) => Ok(changed),
            _ => Err(MISMATCH),
        }
    }

    /// A copy of the whole dictionary, as it is at one moment.
    ///
    /// # Errors
    ///
    /// If the manager cannot be reached, an item is not a `K` and a `V`, or all of them are more than
    /// a message may have ([`Error::TooLarge`]).
    pub fn to_map(&self) -> Result<HashMap<K, V>>
    where
        K: Eq + Hash,
    {
        let Answer::Items(items) = self.ask(Operation::Items)? else {
            return Err(MISMATCH);
        };
        items
            .into_iter()
            .map(|(key, value)| Ok((from_bytes(&key)?, from_bytes(&value)?)))
            .collect()
    }

    fn value(&self, operation: Operation) -> Result<Option<V>> {
        match self.ask(operation)? {
            Answer::Value(value) => value.as_ref().map(from_bytes).transpose(),
            _ => Err(MISMATCH),
        }
    }
}

impl Source {
    fn connect(&self) -> Result<Connection> {
        match self {
            Source::Local(entrance) => {
                let (ours, theirs) = Connection::pair()?;
                entrance.put_timeout(Descriptor(Arc::new(theirs)), PATIENCE)?;
                Ok(ours)
            }
            Source::Remote(address, secret) => Connection::connect(*address, secret),
        }
    }
}

const MISMATCH: Error = Error::Protocol("an answer to another question");

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use super::*;
    use crate::MESSAGE_LIMIT;
    use crate::connection::size;
    use crate::manager::messages::Bytes;
    use crate::manager::server::Server;
    use crate::queue::Queue;

    fn dict(patience: Duration) -> (Dict<u32, u32>, Connection) {
        let (mut ours, theirs) = Connection::pair().unwrap();
        ours.patience = patience;
        let source = Source::Local(Queue::new().unwrap().producer());
        let dict = Dict::new("any", source, Some(ours));
        (dict, Connection::new(Arc::new(theirs)))
    }

    #[test]
    fn an_answer_that_is_too_large_is_an_error_of_the_client() {
        let (dict, manager) = dict(PATIENCE);
        let mebibyte = Bytes(vec![0; 1 << 20].into());
        let items = vec![(mebibyte.clone(), mebibyte); 512];
        let bytes = size(&Answer::Items(items.clone())).unwrap();
        assert!(bytes > MESSAGE_LIMIT);
        Server::default()
            .send(&manager, Answer::Items(items))
            .unwrap();
        let error = dict.to_map().unwrap_err();
        assert!(
            matches!(error, Error::TooLarge { bytes: it } if it == bytes),
            "{error:?}"
        );
    }

    #[test]
    fn a_client_gives_up_a_manager_that_does_not_answer() {
        let (dict, _manager) = dict(Duration::from_millis(50));
        let error = dict.len().unwrap_err();
        assert!(matches!(error, Error::TimedOut), "{error:?}");
        // The answer to this request would be taken for that to the next one.
        assert!(dict.connection.lock().is_none());
    }

    #[test]
    fn a_manager_answers_a_client_and_outlives_it() {
        let (dict, manager) = dict(PATIENCE);
        let server = Server::default();
        thread::scope(|scope| {
            scope.spawn(|| server.serve(&manager));
            assert_eq!(dict.set(1, 2).unwrap(), None);
            assert_eq!(dict.get(&1).unwrap(), Some(2));
            drop(dict);
        });
        assert_eq!(server.dicts.lock()["any"].1.len(), 1);
    }
}
