//! A process that keeps dictionaries for others.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::fs;
use std::hash::Hash;
use std::io;
use std::marker::PhantomData;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::os::fd::OwnedFd;
use std::process;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;
use rustix::net::Shutdown;
use rustix::process::{Resource, getrlimit};
use serde::de::{DeserializeOwned, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::MESSAGE_LIMIT;
use crate::connection::{Connection, PATIENCE, Unread, size};
use crate::error::{Error, Result};
use crate::pipe::Pipe;
use crate::process::Process;
use crate::queue::{Consumer, Producer, Queue};
use crate::signature::signature;
use crate::socket::Wait;
use crate::supervisor::EXIT_TIME;
use crate::task::Registration;
use crate::wire::{Descriptor, Message};

/// A process that keeps dictionaries, which any number of other processes read and change.
///
/// Those of this program are given a [`Dict`] as an argument. Others, on other machines too, reach
/// it over TCP if it [listens](Manager::listen). Dropping the manager ends its process, which has a second
/// for its exit handlers, and what it keeps is lost.
#[derive(Debug)]
pub struct Manager {
    process: Process,
    /// A message here has the process exit.
    exit: Pipe<()>,
    entrance: Entrance,
    address: Option<SocketAddr>,
}

/// How long a manager pauses that cannot accept a connection.
const BREATH: Duration = Duration::from_millis(10);

/// How many connections a manager keeps at most that have not proved that they know the secret. It
/// keeps fewer if it may have few open files: half of what it can open is for proved ones.
const STRANGERS: usize = 64;

/// Where new clients of this program connect: each puts in the far end of its own connection.
type Entrance = Producer<Descriptor>;

impl Manager {
    /// Starts a manager for the processes of this program.
    ///
    /// # Errors
    ///
    /// If [`init`](crate::init) was not called, or no process can be started.
    pub fn new() -> Result<Manager> {
        Manager::start(None)
    }

    /// Starts a manager that listens at a TCP address, too, for clients that know the secret. With
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
        let (entrance, clients) = Queue::new()?.split();
        let (exit, asked) = Pipe::new()?;
        let process = Process::spawn_named("Manager", keep, (clients, public, asked))?;
        Ok(Manager {
            process,
            exit,
            entrance,
            address,
        })
    }

    /// The dictionary of this name, which is empty at first.
    pub fn dict<K, V>(&self, name: &str) -> Dict<K, V>
    where
        K: Serialize + DeserializeOwned,
        V: Serialize + DeserializeOwned,
    {
        Dict::new(name, Source::Local(self.entrance.clone()), None)
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

impl Drop for Manager {
    fn drop(&mut self) {
        // In a forked copy of the process that started it, it is an error to ask.
        if let Ok(true) = self.process.is_alive()
            && self.exit.send(()).is_ok()
        {
            let _ = self.process.join_timeout(EXIT_TIME);
        }
    }
}

/// A dictionary that a [`Manager`] keeps.
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
enum Source {
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
    fn new(name: &str, source: Source, connection: Option<Connection>) -> Dict<K, V> {
        Dict {
            name: name.to_owned(),
            types: signature::<(K, V)>(),
            source,
            connection: Mutex::new(connection),
            items: PhantomData,
        }
    }

    /// The dictionary of this name that a manager keeps which [listens](Manager::listen) at this
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

/// A serialised key or value: the manager does not know its type. An answer shares it with the
/// dictionary, so that it takes no memory of its own while it waits to be read.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
struct Bytes(Arc<[u8]>);

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

fn to_bytes<T: Serialize>(value: &T) -> Result<Bytes> {
    let Message { bytes, descriptors } = Message::of(value)?;
    match descriptors.is_empty() {
        true => Ok(Bytes(bytes.into())),
        false => Err(Error::Serialise(
            "a descriptor: a dictionary keeps none".to_owned(),
        )),
    }
}

fn from_bytes<T: DeserializeOwned>(bytes: &Bytes) -> Result<T> {
    Message::from(bytes.0.to_vec()).value()
}

#[derive(Debug, Serialize, Deserialize)]
struct Request {
    dict: String,
    /// The signature of the client's keys and values.
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

/// Every dictionary of a manager, by name, and the signature of its types.
type Dicts = Arc<Mutex<HashMap<String, (String, HashMap<Bytes, Bytes>)>>>;

/// The entry of the list of tasks without which no manager starts.
pub(crate) fn task() -> Registration {
    Registration::new(keep)
}

/// The manager's task. It ends when no client can come any more.
fn keep(clients: Consumer<Descriptor>, public: Option<(Descriptor, Vec<u8>)>, exit: Pipe<()>) {
    thread::spawn(move || {
        // An error is the end of the parent, which ends this process, too.
        if exit.recv().is_ok() {
            process::exit(0);
        }
    });
    let server = Server::default();
    if let Some((listener, secret)) = public {
        let server = server.clone();
        let listener = listener
            .0
            .try_clone()
            .expect("the manager has one file to spare");
        thread::spawn(move || server.admit(&listener.into(), &secret));
    }
    for client in clients {
        // One that cannot be received, or served, is dropped, and finds the other end closed.
        let Ok(client) = client else { continue };
        let server = server.clone();
        let serve = move || server.serve(&Connection::new(client.0));
        let _ = thread::Builder::new().spawn(serve);
    }
}

/// The dictionaries, and the count of unread answers, which the threads of a manager share.
#[derive(Clone, Default)]
struct Server {
    dicts: Dicts,
    unread: Arc<Unread>,
}

impl Server {
    /// Serves a client until it hangs up, or has to be hung up on.
    fn serve(&self, client: &Connection) {
        while let Ok(request) = client.receive(Wait::Forever) {
            if self.send(client, answer(&self.dicts, request)).is_err() {
                break;
            }
        }
    }

    /// Sends an answer, or that it is too large to be sent.
    fn send(&self, client: &Connection, answer: Answer) -> Result<()> {
        match size(&answer)? {
            0..=MESSAGE_LIMIT => client.send_with(&answer, &self.unread),
            bytes => client.send(&Answer::TooLarge(bytes)),
        }
    }

    /// Serves clients that come over TCP and know the secret.
    fn admit(&self, listener: &TcpListener, secret: &[u8]) {
        let strangers = &Strangers::new();
        thread::scope(|scope| {
            for stream in listener.incoming() {
                let Ok(stream) = stream else {
                    // Out of files, most likely.
                    strangers.hang_up_on_the_oldest();
                    thread::sleep(BREATH);
                    continue;
                };
                let stream = Arc::new(OwnedFd::from(stream));
                strangers.add(&stream);
                let serve = move || {
                    let accepted = Connection::accept(Arc::clone(&stream), secret);
                    strangers.remove(&stream);
                    drop(stream);
                    if let Ok(client) = accepted {
                        self.serve(&client);
                    }
                };
                if thread::Builder::new().spawn_scoped(scope, serve).is_err() {
                    strangers.hang_up_on_the_oldest();
                }
            }
        });
    }
}

/// Connections that have not proved yet that they know the secret, the oldest first.
///
/// Proof takes no longer than the way there and back. So the one that has taken longest is hung up
/// on when there are too many: silent strangers keep no client out.
struct Strangers {
    limit: usize,
    waiting: Mutex<VecDeque<Arc<OwnedFd>>>,
}

impl Strangers {
    /// As many as half of the files that this process can still open.
    fn new() -> Strangers {
        let open = fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
        let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
        let free = usize::try_from(files)
            .unwrap_or(usize::MAX)
            .saturating_sub(open);
        Strangers {
            limit: Strangers::limit(free),
            waiting: Mutex::default(),
        }
    }

    /// How many to keep at most in a process that can open so many files.
    fn limit(free: usize) -> usize {
        (free / 2).clamp(1, STRANGERS)
    }

    fn add(&self, stream: &Arc<OwnedFd>) {
        let mut waiting = self.waiting.lock();
        waiting.push_back(Arc::clone(stream));
        if waiting.len() > self.limit {
            hang_up(waiting.pop_front());
        }
    }

    fn remove(&self, stream: &Arc<OwnedFd>) {
        self.waiting.lock().retain(|it| !Arc::ptr_eq(it, stream));
    }

    fn hang_up_on_the_oldest(&self) {
        hang_up(self.waiting.lock().pop_front());
    }
}

fn hang_up(stream: Option<Arc<OwnedFd>>) {
    if let Some(stream) = stream {
        // The thread that reads from it finds its end. It fails if that is so already.
        let _ = rustix::net::shutdown(&stream, Shutdown::Both);
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

    /// A dictionary, and the far end of its connection.
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

    #[test]
    fn the_stranger_that_has_waited_longest_goes_first() {
        let strangers = Strangers {
            limit: 2,
            waiting: Mutex::default(),
        };
        let pair = || {
            let (near, far) = Connection::pair().unwrap();
            (near, Arc::new(far))
        };
        let callers = [(); 4].map(|()| pair());
        callers
            .iter()
            .take(3)
            .for_each(|(_, far)| strangers.add(far));
        let hung_up = |(near, _): &(Connection, _)| {
            matches!(near.receive::<()>(Wait::Never), Err(Error::Disconnected))
        };
        assert_eq!(callers.each_ref().map(hung_up), [true, false, false, false]);
        // One that has proved itself counts no more.
        strangers.remove(&callers[1].1);
        strangers.add(&callers[3].1);
        assert_eq!(callers.each_ref().map(hung_up), [true, false, false, false]);
        strangers.hang_up_on_the_oldest();
        assert_eq!(callers.each_ref().map(hung_up), [true, false, true, false]);
    }

    #[test]
    fn strangers_have_half_of_the_files_at_least_one_and_at_most_their_limit() {
        let limits = [0, 3, 4, 127, 128, 200, usize::MAX].map(Strangers::limit);
        assert_eq!(limits, [1, 1, 2, 63, 64, 64, 64]);
    }
}
