//! A process that keeps dictionaries for others.

use std::any::type_name;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::marker::PhantomData;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;
use rustix::io::Errno;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::pipe::Pipe;
use crate::process::Process;
use crate::queue::{Consumer, Producer, Queue};
use crate::remote::Remote;
use crate::task::Registration;
use crate::wire::{Descriptor, Message};

/// A process that keeps dictionaries, which any number of other processes read and change.
///
/// Those of this program are given a [`Dict`] as an argument. Others, on other machines too, reach
/// it over TCP if it [listens](Manager::listen). Dropping the manager kills its process, and what
/// it keeps is lost.
pub struct Manager {
    process: Process,
    door: Door,
    address: Option<SocketAddr>,
}

/// How long a manager pauses that cannot take a call.
const BREATH: Duration = Duration::from_millis(10);

/// How many callers a manager hears out at once who have not proved that they know the secret.
const STRANGERS: usize = 64;

/// Where a manager is told of new clients: each puts in the far end of its own pipe.
type Door = Producer<Pipe<Answer, Request>>;

impl Manager {
    /// Starts a manager for the processes of this program.
    ///
    /// # Errors
    ///
    /// If [`init`](crate::init) was not called, or no process can be started.
    pub fn new() -> Result<Manager> {
        Manager::start(None)
    }

    /// Starts a manager that listens at a TCP address, too, for those who know the secret. With
    /// port 0 the system chooses one.
    ///
    /// Both sides prove that they know the secret, which does not cross. What crosses afterwards
    /// is not encrypted: across networks that others can read or change, use a tunnel.
    ///
    /// # Errors
    ///
    /// If the address is none of this machine, or is taken, and as for [`new`](Manager::new).
    ///
    /// # Panics
    ///
    /// If the secret is empty.
    pub fn listen(address: impl ToSocketAddrs, secret: &[u8]) -> Result<Manager> {
        assert!(!secret.is_empty(), "a secret has at least one byte");
        let listener = TcpListener::bind(address).map_err(Error::io("listen"))?;
        Manager::start(Some((listener, secret)))
    }

    fn start(listener: Option<(TcpListener, &[u8])>) -> Result<Manager> {
        let address = listener
            .as_ref()
            .map(|(listener, _)| listener.local_addr())
            .transpose();
        let address = address.map_err(Error::io("listen"))?;
        let public = listener.map(|(listener, secret)| {
            (
                Descriptor(Arc::new(OwnedFd::from(listener))),
                secret.to_vec(),
            )
        });
        let (door, clients) = Queue::new()?.split();
        let process = Process::spawn_named("Manager", keep, (clients, public))?;
        Ok(Manager {
            process,
            door,
            address,
        })
    }

    /// The dictionary of this name, which is empty at first.
    pub fn dict<K, V>(&self, name: &str) -> Dict<K, V> {
        let source = Source::Local(self.door.clone());
        Dict {
            name: name.to_owned(),
            source,
            connection: Mutex::default(),
            items: PhantomData,
        }
    }

    /// The TCP address at which it listens.
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// The process id of the manager.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }
}

/// A dictionary that a [`Manager`] keeps.
///
/// Each operation is atomic. It crosses to another process as an argument, and opens a connection
/// of its own there. Two keys are the same if their serialised bytes are.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Dict<K, V> {
    name: String,
    source: Source,
    /// Opened when it is first used.
    #[serde(skip)]
    connection: Mutex<Option<Connection>>,
    #[serde(skip)]
    items: PhantomData<fn() -> (K, V)>,
}

/// How to reach the manager.
#[derive(Clone, Serialize, Deserialize)]
enum Source {
    Local(Door),
    Remote(SocketAddr, Vec<u8>),
}

enum Connection {
    Local(Pipe<Request, Answer>),
    Remote(Remote),
}

impl<K, V> Dict<K, V> {
    /// The dictionary of this name that a manager keeps who [listens](Manager::listen) at this
    /// address.
    ///
    /// # Errors
    ///
    /// If nobody listens there, or without this secret ([`Error::Unauthenticated`]).
    pub fn connect(address: impl ToSocketAddrs, secret: &[u8], name: &str) -> Result<Dict<K, V>> {
        let addresses = address
            .to_socket_addrs()
            .map_err(Error::io("resolve an address"))?;
        let mut error = Error::Os {
            action: "resolve an address",
            errno: Errno::ADDRNOTAVAIL,
        };
        for address in addresses {
            let source = Source::Remote(address, secret.to_vec());
            match source.connect() {
                Ok(connection) => {
                    let connection = Mutex::new(Some(connection));
                    return Ok(Dict {
                        name: name.to_owned(),
                        source,
                        connection,
                        items: PhantomData,
                    });
                }
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
            types: type_name::<(K, V)>().to_owned(),
            operation,
        };
        match open.exchange(request) {
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
}

impl<K, V> Dict<K, V>
where
    K: Serialize + DeserializeOwned,
    V: Serialize + DeserializeOwned,
{
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
            .map(|(key, value)| Ok((from_bytes(key)?, from_bytes(value)?)))
            .collect()
    }

    fn value(&self, operation: Operation) -> Result<Option<V>> {
        match self.ask(operation)? {
            Answer::Value(value) => value.map(from_bytes).transpose(),
            _ => Err(MISMATCH),
        }
    }
}

impl Source {
    fn connect(&self) -> Result<Connection> {
        match self {
            Source::Local(door) => {
                let (ours, theirs) = Pipe::new()?;
                door.put(theirs)?;
                Ok(Connection::Local(ours))
            }
            Source::Remote(address, secret) => {
                Remote::connect(*address, secret).map(Connection::Remote)
            }
        }
    }
}

impl Connection {
    fn exchange(&mut self, request: Request) -> Result<Answer> {
        match self {
            Connection::Local(pipe) => {
                pipe.send(request)?;
                pipe.recv()
            }
            Connection::Remote(remote) => {
                remote.send(&request)?;
                remote.receive()
            }
        }
    }
}

const MISMATCH: Error = Error::Protocol("an answer to another question");

/// Serialised keys and values: the manager does not know their types.
type Bytes = Vec<u8>;

fn to_bytes<T: Serialize>(value: &T) -> Result<Bytes> {
    let Message { bytes, descriptors } = Message::of(value)?;
    match descriptors.is_empty() {
        true => Ok(bytes),
        false => Err(Error::Serialise(
            "a descriptor: a dictionary keeps none".to_owned(),
        )),
    }
}

fn from_bytes<T: DeserializeOwned>(bytes: Bytes) -> Result<T> {
    Message {
        bytes,
        descriptors: Vec::new(),
    }
    .value()
}

#[derive(Debug, Serialize, Deserialize)]
struct Request {
    dict: String,
    /// The name of the types that the client takes keys and values for.
    types: String,
    operation: Operation,
}

#[derive(Debug, Serialize, Deserialize)]
enum Operation {
    Get(Bytes),
    Set(Bytes, Option<Bytes>),
    Update(Vec<(Bytes, Bytes)>),
    CompareAndSet(Bytes, Option<Bytes>, Option<Bytes>),
    Items,
    Len,
    Clear,
}

#[derive(Debug, Serialize, Deserialize)]
enum Answer {
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

/// Every dictionary of a manager, by name, and the name of its types.
type Dicts = Arc<Mutex<HashMap<String, (String, HashMap<Bytes, Bytes>)>>>;

/// What has to be registered for a manager to start.
pub(crate) fn task() -> Registration {
    Registration::new(keep)
}

/// The manager's task. It ends when nobody can come any more.
fn keep(clients: Consumer<Pipe<Answer, Request>>, public: Option<(Descriptor, Bytes)>) {
    let dicts = Dicts::default();
    if let Some((listener, secret)) = public {
        let dicts = Arc::clone(&dicts);
        let listener = listener
            .0
            .try_clone()
            .expect("the manager has one file to spare");
        thread::spawn(move || admit(&listener.into(), &secret, &dicts));
    }
    for client in clients {
        // One who cannot be understood, or served, is dropped, and finds the other end closed.
        let Ok(client) = client else { continue };
        let dicts = Arc::clone(&dicts);
        let serve = move || {
            while let Ok(request) = client.recv() {
                if tell(answer(&dicts, request), |it| client.send(it)).is_err() {
                    break;
                }
            }
        };
        let _ = thread::Builder::new().spawn(serve);
    }
}

/// Serves those who come over TCP and know the secret.
///
/// Proof takes no longer than the way there and back. So the one who has taken longest is hung up
/// on when there are too many without: those who say nothing keep nobody out.
fn admit(listener: &TcpListener, secret: &[u8], dicts: &Dicts) {
    let strangers = &Mutex::new(VecDeque::<Arc<TcpStream>>::new());
    thread::scope(|scope| {
        for stream in listener.incoming() {
            let Ok(stream) = stream else {
                // Out of files, most likely. Somebody may leave.
                thread::sleep(BREATH);
                continue;
            };
            let stream = Arc::new(stream);
            let mut waiting = strangers.lock();
            waiting.push_back(Arc::clone(&stream));
            if waiting.len() > STRANGERS
                && let Some(oldest) = waiting.pop_front()
            {
                let _ = oldest.shutdown(Shutdown::Both);
            }
            drop(waiting);
            let serve = move || {
                let accepted = Remote::accept(Arc::clone(&stream), secret);
                strangers.lock().retain(|it| !Arc::ptr_eq(it, &stream));
                drop(stream);
                let Ok(mut client) = accepted else {
                    return;
                };
                while let Ok(request) = client.receive() {
                    if tell(answer(dicts, request), |it| client.send(&it)).is_err() {
                        break;
                    }
                }
            };
            if thread::Builder::new().spawn_scoped(scope, serve).is_err() {
                strangers.lock().pop_back();
            }
        }
    });
}

/// Sends an answer, or that it is too large to be sent.
fn tell(answer: Answer, mut send: impl FnMut(Answer) -> Result<()>) -> Result<()> {
    match send(answer) {
        Err(Error::TooLarge { bytes }) => send(Answer::TooLarge(bytes)),
        sent => sent,
    }
}

fn answer(dicts: &Dicts, request: Request) -> Answer {
    let mut dicts = dicts.lock();
    let new = || (request.types.clone(), HashMap::new());
    let (types, dict) = dicts.entry(request.dict).or_insert_with(new);
    if *types != request.types {
        return Answer::OtherTypes(types.clone());
    }
    match request.operation {
        Operation::Get(key) => Answer::Value(dict.get(&key).cloned()),
        Operation::Set(key, value) => Answer::Value(set(dict, key, value)),
        Operation::Update(items) => {
            dict.extend(items);
            Answer::Done
        }
        Operation::CompareAndSet(key, expected, new) => {
            let equal = dict.get(&key) == expected.as_ref();
            if equal {
                set(dict, key, new);
            }
            Answer::Changed(equal)
        }
        Operation::Items => Answer::Items(dict.clone().into_iter().collect()),
        Operation::Len => Answer::Len(dict.len()),
        Operation::Clear => {
            dict.clear();
            Answer::Done
        }
    }
}

fn set(dict: &mut HashMap<Bytes, Bytes>, key: Bytes, value: Option<Bytes>) -> Option<Bytes> {
    match value {
        Some(value) => dict.insert(key, value),
        None => dict.remove(&key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_told_that_its_answer_is_too_large() {
        let mut told = Vec::new();
        let send = |answer| match answer {
            Answer::Items(_) => Err(Error::TooLarge { bytes: 1 << 31 }),
            answer => {
                told.push(answer);
                Ok(())
            }
        };
        tell(Answer::Items(Vec::new()), send).unwrap();
        assert!(matches!(told[..], [Answer::TooLarge(bytes)] if bytes == 1 << 31));

        // What the client makes of it.
        let (ours, theirs) = Pipe::new().unwrap();
        let dict = Dict::<u32, u32> {
            name: "any".to_owned(),
            source: Source::Local(Queue::new().unwrap().producer()),
            connection: Mutex::new(Some(Connection::Local(ours))),
            items: PhantomData,
        };
        theirs.send(told.remove(0)).unwrap();
        let error = dict.to_map().unwrap_err();
        assert!(matches!(error, Error::TooLarge { bytes } if bytes == 1 << 31));
    }
}
