//! The process that keeps the dictionaries: admits clients, and answers them.

use std::collections::{HashMap, VecDeque};
use std::fs;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::process;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;
use rustix::net::Shutdown;
use rustix::process::{Resource, getrlimit};

use super::messages::{Answer, Bytes, Operation, Request};
use crate::MESSAGE_LIMIT;
use crate::connection::{Connection, UnreadAnswers, size};
use crate::error::Result;
use crate::pipe::Pipe;
use crate::queue::Consumer;
use crate::socket::Wait;
use crate::wire::Descriptor;

/// How long a manager pauses that cannot accept a connection.
const BREATH: Duration = Duration::from_millis(10);

/// How many connections a manager keeps at most that have not proved that they know the secret. It
/// keeps fewer if it may have few open files: half of what it can open is for proved ones.
const STRANGERS: usize = 64;

/// Every dictionary of a manager, by name, and the signature of its types.
type Dicts = Arc<Mutex<HashMap<String, (String, HashMap<Bytes, Bytes>)>>>;

/// The manager's task. It ends when no client can come any more.
pub(super) fn keep(
    clients: Consumer<Descriptor>,
    public: Option<(Descriptor, Vec<u8>)>,
    exit: Pipe<()>,
) {
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
pub(super) struct Server {
    pub(super) dicts: Dicts,
    unread: Arc<UnreadAnswers>,
}

impl Server {
    /// Serves a client until it hangs up, or has to be hung up on.
    pub(super) fn serve(&self, client: &Connection) {
        while let Ok(request) = client.receive(Wait::Forever) {
            if self.send(client, answer(&self.dicts, request)).is_err() {
                break;
            }
        }
    }

    /// Sends an answer, or that it is too large to be sent.
    pub(super) fn send(&self, client: &Connection, answer: Answer) -> Result<()> {
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
    use crate::error::Error;

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
