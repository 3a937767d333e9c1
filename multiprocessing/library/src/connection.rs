//! A conversation over a stream: messages, each behind its length, to and from a manager.
//!
//! Over TCP each side first proves that it knows the secret, by the code (HMAC with SHA-256) of
//! random bytes that the other one chose. Between processes of one program the stream is a pair of
//! sockets, and nothing has to be proved.
//!
//! Every wait has an end but one: a manager waits for a client's next request as long as there is a
//! client. A message is written straight from where its parts are, and only while the other side
//! takes it.

use std::io::{self, BufWriter, ErrorKind, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use postcard::ser_flavors::Size;
use postcard::ser_flavors::io::WriteFlavor;
use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::net::sockopt::{set_socket_keepalive, set_tcp_nodelay};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socketpair,
};
use rustix::rand::{GetRandomFlags, getrandom};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

use crate::MESSAGE_LIMIT;
use crate::error::{Error, Result};
use crate::socket::{Wait, ready};
use crate::wire::Message;

/// How long to wait for a connection, for all of the proof, for the beginning of an answer, and for
/// each [`CHUNK`] of a message.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// How many bytes of a message the other side has to send or take in one [`PATIENCE`].
const CHUNK: usize = 64 * 1024;

/// Chosen at random, so that the code of one conversation is of no use in another.
type Challenge = [u8; 32];

/// One end of a conversation.
#[derive(Debug)]
pub(crate) struct Connection {
    /// Shared with the manager's list of strangers, which may be hung up on.
    socket: Arc<OwnedFd>,
    pub patience: Duration,
}

impl Connection {
    /// The two ends of a conversation between processes of one program.
    pub(crate) fn pair() -> Result<(Connection, OwnedFd)> {
        let (ours, theirs) = socketpair(
            AddressFamily::UNIX,
            SocketType::STREAM,
            SocketFlags::CLOEXEC,
            None,
        )
        .map_err(Error::os("make a pair of sockets"))?;
        Ok((Connection::new(Arc::new(ours)), theirs))
    }

    /// The end of a conversation in which nothing has to be proved.
    pub(crate) fn new(socket: Arc<OwnedFd>) -> Connection {
        Connection {
            socket,
            patience: PATIENCE,
        }
    }

    /// Calls a manager over TCP. Both sides have to know the secret.
    pub(crate) fn connect(address: SocketAddr, secret: &[u8]) -> Result<Connection> {
        let stream =
            TcpStream::connect_timeout(&address, PATIENCE).map_err(|error| match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut => Error::TimedOut,
                _ => Error::io("connect to a manager")(error),
            })?;
        let connection = Connection::new(Arc::new(stream.into()));
        let deadline = Wait::within(PATIENCE);
        connection.set_up()?;
        let theirs = connection.read_challenge(deadline)?;
        let ours = challenge()?;
        let proof = code(secret, CLIENT, &theirs, &ours).finalize().into_bytes();
        connection.write(&[ours, proof.into()].concat())?;
        // A manager that does not accept our proof hangs up.
        let tag = connection.read_challenge(deadline);
        let tag = tag.map_err(|error| match error {
            Error::Disconnected => Error::Unauthenticated,
            error => error,
        })?;
        verify(code(secret, SERVER, &ours, &theirs), &tag)?;
        Ok(connection)
    }

    /// Takes a call over TCP.
    pub(crate) fn accept(socket: Arc<OwnedFd>, secret: &[u8]) -> Result<Connection> {
        Connection::accept_before(socket, secret, Wait::within(PATIENCE))
    }

    fn accept_before(socket: Arc<OwnedFd>, secret: &[u8], deadline: Wait) -> Result<Connection> {
        let connection = Connection::new(socket);
        connection.set_up()?;
        let ours = challenge()?;
        connection.write(&ours)?;
        let theirs = connection.read_challenge(deadline)?;
        let tag = connection.read_challenge(deadline)?;
        verify(code(secret, CLIENT, &ours, &theirs), &tag)?;
        let proof = code(secret, SERVER, &theirs, &ours).finalize().into_bytes();
        connection.write(&proof)?;
        Ok(connection)
    }

    /// A client may be silent for as long as it likes. One whose machine has died is found out.
    fn set_up(&self) -> Result<()> {
        set_tcp_nodelay(&self.socket, true).map_err(Error::os("set up a connection"))?;
        set_socket_keepalive(&self.socket, true).map_err(Error::os("set up a connection"))
    }

    /// Sends a message.
    pub(crate) fn send<T: Serialize>(&self, message: &T) -> Result<()> {
        self.send_with(message, &UnreadAnswers::default())
    }

    /// Sends a message, which counts as unread until the other side has taken it.
    pub(crate) fn send_with<T: Serialize>(
        &self,
        message: &T,
        unread: &UnreadAnswers,
    ) -> Result<()> {
        let bytes = size(message)?;
        if bytes > MESSAGE_LIMIT {
            return Err(Error::TooLarge { bytes });
        }
        unread.bytes.fetch_add(bytes, Ordering::Relaxed);
        let writer = Writer {
            connection: self,
            unread,
            left: bytes,
            chunk: 0,
            start: Instant::now(),
            failure: None,
        };
        let mut writer = BufWriter::with_capacity(CHUNK.min(bytes + 8), writer);
        let length = (bytes as u64).to_le_bytes();
        let written = writer
            .write_all(&length)
            .map_err(|_| postcard::Error::SerializeBufferFull)
            .and_then(|()| {
                postcard::serialize_with_flavor(message, WriteFlavor::new(&mut writer))?;
                // It has flushed what it wrote.
                Ok(())
            });
        // Taken apart, it does not try once more to write what was not taken. Postcard does not say
        // why it could not write: the writer itself does.
        let (writer, _) = writer.into_parts();
        match (writer.failure.as_ref(), written) {
            (Some(error), _) => Err(failure(error)),
            (None, Err(error)) => Err(Error::Serialise(error.to_string())),
            (None, Ok(())) => Ok(()),
        }
    }

    /// Receives a message, of which the first byte may take as long as `wait` says.
    pub(crate) fn receive<T: DeserializeOwned>(&self, wait: Wait) -> Result<T> {
        let mut length = [0; 8];
        let count = self.read_some(&mut length, wait)?;
        self.read(&mut length[count..], Wait::within(self.patience))?;
        let length = u64::from_le_bytes(length);
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > MESSAGE_LIMIT {
            return Err(Error::TooLarge { bytes: length });
        }
        // Memory is taken for what comes, not for what was announced.
        let mut bytes = Vec::new();
        while bytes.len() < length {
            let start = bytes.len();
            bytes.resize(length.min(start + CHUNK), 0);
            self.read(&mut bytes[start..], Wait::within(self.patience))?;
        }
        Message::from(bytes).header()
    }

    /// Receives the answer to what was sent.
    pub(crate) fn answer<T: DeserializeOwned>(&self) -> Result<T> {
        self.receive(Wait::within(self.patience))
    }

    fn read_challenge(&self, deadline: Wait) -> Result<Challenge> {
        let mut challenge = Challenge::default();
        self.read(&mut challenge, deadline)?;
        Ok(challenge)
    }

    /// Fills these bytes.
    fn read(&self, mut bytes: &mut [u8], wait: Wait) -> Result<()> {
        while !bytes.is_empty() {
            let count = self.read_some(bytes, wait)?;
            bytes = &mut bytes[count..];
        }
        Ok(())
    }

    /// Reads what has come, at least one byte.
    fn read_some(&self, bytes: &mut [u8], wait: Wait) -> Result<usize> {
        loop {
            match recv(&self.socket, &mut *bytes, RecvFlags::DONTWAIT) {
                Ok((0, _)) => return Err(Error::Disconnected),
                Ok((count, _)) => return Ok(count),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) if ready(&self.socket, PollFlags::IN, wait)? => {}
                Err(Errno::AGAIN) => return Err(Error::TimedOut),
                Err(errno) => return Err(refused(errno)),
            }
        }
    }

    /// Writes a few bytes.
    fn write(&self, bytes: &[u8]) -> Result<()> {
        let mut writer = Writer {
            connection: self,
            unread: &UnreadAnswers::default(),
            left: 0,
            chunk: 0,
            start: Instant::now(),
            failure: None,
        };
        writer
            .write_all(bytes)
            .map_err(|error| failure(writer.failure.as_ref().unwrap_or(&error)))
    }
}

/// The answers of a manager that its clients have not read yet.
#[derive(Debug, Default)]
pub(crate) struct UnreadAnswers {
    bytes: AtomicUsize,
}

impl UnreadAnswers {
    /// Beyond so many bytes a client that takes none of its answer for [`SHORT_PATIENCE`] is hung up on.
    const LIMIT: usize = 256 << 20;

    /// How long to wait for a client that takes nothing.
    fn patience(&self, patience: Duration) -> Duration {
        match self.bytes.load(Ordering::Relaxed) {
            0..=UnreadAnswers::LIMIT => patience,
            _ => patience.min(SHORT_PATIENCE),
        }
    }
}

/// How long a client may take nothing of its answer while there are too many unread ones.
const SHORT_PATIENCE: Duration = Duration::from_secs(1);

/// Writes a message as fast as it is taken.
struct Writer<'a> {
    connection: &'a Connection,
    unread: &'a UnreadAnswers,
    /// How many bytes of it count as unread.
    left: usize,
    /// How many bytes were taken since `start`.
    chunk: usize,
    start: Instant,
    /// Why it could not write.
    failure: Option<io::Error>,
}

impl Write for Writer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_some(bytes).map_err(|error| {
            let kind = error.kind();
            self.failure = Some(error);
            kind.into()
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Writer<'_> {
    fn write_some(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let bytes = &bytes[..bytes.len().min(CHUNK)];
        let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
        loop {
            match send(&self.connection.socket, bytes, flags) {
                Ok(count) => {
                    self.take(count);
                    return Ok(count);
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => self.wait()?,
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    fn take(&mut self, count: usize) {
        let read = count.min(self.left);
        self.left -= read;
        self.unread.bytes.fetch_sub(read, Ordering::Relaxed);
        self.chunk += count;
        if self.chunk >= CHUNK {
            self.chunk = 0;
            self.start = Instant::now();
        }
    }

    /// Waits until the other side takes more. It is asked again and again how long that may be: too
    /// many answers may be unread by then.
    fn wait(&self) -> io::Result<()> {
        let deadline = self.start + self.unread.patience(self.connection.patience);
        let soon = Instant::now() + SHORT_PATIENCE;
        let wait = Wait::Until(deadline.min(soon));
        let ready = ready(&self.connection.socket, PollFlags::OUT, wait);
        match ready.map_err(io::Error::other)? {
            false if Instant::now() >= deadline => Err(ErrorKind::TimedOut.into()),
            _ => Ok(()),
        }
    }
}

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        self.unread.bytes.fetch_sub(self.left, Ordering::Relaxed);
    }
}

/// How many bytes a message has.
pub(crate) fn size<T: Serialize>(message: &T) -> Result<usize> {
    postcard::serialize_with_flavor(message, Size::default())
        .map_err(|error| Error::Serialise(error.to_string()))
}

fn challenge() -> Result<Challenge> {
    let mut challenge = Challenge::default();
    // So few bytes come all at once.
    getrandom(&mut challenge, GetRandomFlags::empty()).map_err(Error::os("draw random bytes"))?;
    Ok(challenge)
}

/// The two sides: the code of one cannot be sent back as that of the other.
const CLIENT: &[u8] = b"client";
const SERVER: &[u8] = b"server";

/// The code by which a side proves that it knows the secret.
fn code(secret: &[u8], side: &[u8], theirs: &Challenge, ours: &Challenge) -> Hmac<Sha256> {
    let mut code =
        Hmac::new_from_slice(secret).unwrap_or_else(|_| unreachable!("any length will do"));
    for part in [side, theirs, ours] {
        code.update(part);
    }
    code
}

fn verify(code: Hmac<Sha256>, tag: &Challenge) -> Result<()> {
    code.verify_slice(tag).map_err(|_| Error::Unauthenticated)
}

fn refused(errno: Errno) -> Error {
    match errno {
        Errno::CONNRESET | Errno::PIPE => Error::Disconnected,
        Errno::TIMEDOUT => Error::TimedOut,
        errno => Error::os("talk to a manager")(errno),
    }
}

fn failure(error: &io::Error) -> Error {
    match Errno::from_io_error(error) {
        Some(errno) => refused(errno),
        None if error.kind() == ErrorKind::TimedOut => Error::TimedOut,
        None => Error::Disconnected,
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Shutdown, TcpListener};
    use std::thread;

    use rustix::net::sockopt;

    use super::*;

    const SECRET: &[u8] = b"open sesame";

    /// Two ends of a TCP connection, the first of them by hand.
    fn by_hand() -> (Connection, Arc<OwnedFd>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let socket = listener.accept().unwrap().0;
        (
            Connection::new(Arc::new(stream.into())),
            Arc::new(socket.into()),
        )
    }

    /// A manager's verdict on a client that answers its challenge with this code.
    fn accepted(answer: impl FnOnce(Challenge, Challenge) -> Challenge) -> Result<Connection> {
        let (client, socket) = by_hand();
        let manager = thread::spawn(move || Connection::accept(socket, SECRET));
        let theirs = client.read_challenge(Wait::Forever).unwrap();
        let ours = challenge().unwrap();
        client.write(&ours).unwrap();
        client.write(&answer(theirs, ours)).unwrap();
        manager.join().unwrap()
    }

    /// A client's verdict on a manager that proves itself with this code.
    fn connected(answer: impl FnOnce(Challenge, Challenge) -> Challenge) -> Result<Connection> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let client = thread::spawn(move || Connection::connect(address, SECRET));
        let manager = Connection::new(Arc::new(listener.accept().unwrap().0.into()));
        let ours = challenge().unwrap();
        manager.write(&ours).unwrap();
        let theirs = manager.read_challenge(Wait::Forever).unwrap();
        manager.read_challenge(Wait::Forever).unwrap();
        manager.write(&answer(theirs, ours)).unwrap();
        client.join().unwrap()
    }

    fn tag(secret: &[u8], side: &[u8], theirs: &Challenge, ours: &Challenge) -> Challenge {
        code(secret, side, theirs, ours)
            .finalize()
            .into_bytes()
            .into()
    }

    #[test]
    fn each_side_proves_itself_as_the_side_that_it_is() {
        accepted(|theirs, ours| tag(SECRET, b"client", &theirs, &ours)).unwrap();
        connected(|theirs, ours| tag(SECRET, b"server", &theirs, &ours)).unwrap();
        let refused = |connection: Result<Connection>| {
            assert!(matches!(connection, Err(Error::Unauthenticated)));
        };
        // With the code of the other side, or with the two challenges exchanged: a reflection.
        refused(accepted(|theirs, ours| {
            tag(SECRET, b"server", &theirs, &ours)
        }));
        refused(connected(|theirs, ours| {
            tag(SECRET, b"client", &theirs, &ours)
        }));
        refused(accepted(|theirs, ours| {
            tag(SECRET, b"server", &ours, &theirs)
        }));
        refused(connected(|theirs, ours| {
            tag(SECRET, b"client", &ours, &theirs)
        }));
        // Without the secret, and over challenges of another conversation.
        refused(accepted(|theirs, ours| {
            tag(b"open barley", b"client", &theirs, &ours)
        }));
        refused(connected(|theirs, ours| {
            tag(b"open barley", b"server", &theirs, &ours)
        }));
        refused(accepted(|_, ours| tag(SECRET, b"client", &[0; 32], &ours)));
        refused(accepted(|theirs, _| {
            tag(SECRET, b"client", &theirs, &[0; 32])
        }));
        refused(connected(|_, ours| tag(SECRET, b"server", &[0; 32], &ours)));
        refused(connected(|theirs, _| {
            tag(SECRET, b"server", &theirs, &[0; 32])
        }));
    }

    #[test]
    fn a_proof_counts_in_one_conversation_only() {
        let mut seen = None;
        accepted(|theirs, ours| {
            let tag = tag(SECRET, CLIENT, &theirs, &ours);
            seen = Some((theirs, ours, tag));
            tag
        })
        .unwrap();
        let (challenge, ours, tag) = seen.unwrap();
        let (client, socket) = by_hand();
        let manager = thread::spawn(move || Connection::accept(socket, SECRET));
        let theirs = client.read_challenge(Wait::Forever).unwrap();
        assert_ne!(theirs, challenge, "a manager's challenge is constant");
        client.write(&ours).unwrap();
        client.write(&tag).unwrap();
        let refusal = manager.join().unwrap();
        assert!(
            matches!(refusal, Err(Error::Unauthenticated)),
            "{refusal:?}"
        );
    }

    #[test]
    fn a_client_chooses_another_challenge_each_time() {
        let mut challenges = Vec::new();
        for _ in 0..2 {
            connected(|theirs, ours| {
                challenges.push(theirs);
                tag(SECRET, SERVER, &theirs, &ours)
            })
            .unwrap();
        }
        assert_ne!(challenges[0], challenges[1]);
    }

    #[test]
    fn a_stranger_that_trickles_its_proof_is_hung_up_on_in_time() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut stranger = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let stream = listener.accept().unwrap().0;
        let server = stream.try_clone().unwrap();
        let patience = Duration::from_millis(100);
        let accepted = thread::spawn(move || {
            let deadline = Wait::within(patience);
            let accepted = Connection::accept_before(Arc::new(stream.into()), SECRET, deadline);
            let _ = server.shutdown(Shutdown::Both);
            accepted.err()
        });
        // Each byte comes in good time, but 64 of them would take too long.
        while stranger.write_all(&[0]).is_ok() {
            thread::sleep(patience / 10);
        }
        let refusal = accepted.join().unwrap();
        assert!(matches!(refusal, Some(Error::TimedOut)), "{refusal:?}");
    }

    fn pair() -> (Connection, Connection) {
        let (ours, theirs) = Connection::pair().unwrap();
        (ours, Connection::new(Arc::new(theirs)))
    }

    #[test]
    fn a_message_of_any_length_crosses_and_the_next_one_begins_behind_it() {
        let (ours, theirs) = pair();
        for length in [0, 1, CHUNK - 9, CHUNK - 8, CHUNK, CHUNK + 1, 3 << 20] {
            let text = "x".repeat(length);
            let sent = (text.clone(), 7_u8);
            thread::scope(|scope| {
                scope.spawn(|| ours.send(&sent).unwrap());
                let received: (String, u8) = theirs.answer().unwrap();
                assert_eq!(received, (text, 7));
            });
        }
    }

    #[test]
    fn a_message_over_the_limit_is_refused_before_it_is_sent() {
        let (ours, theirs) = pair();
        let mebibyte = "x".repeat(1 << 20);
        // Behind its length, 3 bytes, each is one of as many as the limit has mebibytes.
        let sent = ours.send(&vec![mebibyte.as_str(); MESSAGE_LIMIT >> 20]);
        assert!(
            matches!(sent, Err(Error::TooLarge { bytes }) if bytes > MESSAGE_LIMIT),
            "{sent:?}"
        );
        // Nothing was sent, and the conversation goes on.
        ours.send(&7_u8).unwrap();
        assert_eq!(theirs.answer::<u8>().unwrap(), 7);
    }

    #[test]
    fn a_tcp_connection_waits_for_no_more_bytes_and_finds_out_a_dead_machine() {
        let (client, socket) = by_hand();
        let manager = thread::spawn(move || Connection::accept(socket, SECRET));
        let theirs = client.read_challenge(Wait::Forever).unwrap();
        let ours = challenge().unwrap();
        client.write(&ours).unwrap();
        client.write(&tag(SECRET, CLIENT, &theirs, &ours)).unwrap();
        let manager = manager.join().unwrap().unwrap();
        assert!(sockopt::tcp_nodelay(&manager.socket).unwrap());
        assert!(sockopt::socket_keepalive(&manager.socket).unwrap());
    }

    #[test]
    fn a_message_that_is_not_taken_is_given_up() {
        let (mut ours, _theirs) = pair();
        ours.patience = Duration::from_millis(50);
        let unread = UnreadAnswers::default();
        let sent = ours.send_with(&"x".repeat(8 << 20), &unread);
        assert!(matches!(sent, Err(Error::TimedOut)), "{sent:?}");
        assert_eq!(unread.bytes.into_inner(), 0);
    }

    #[test]
    fn too_many_unread_answers_shorten_the_patience_with_a_client() {
        let (mut ours, _theirs) = pair();
        // So long that only the other answers can end the wait.
        ours.patience = Duration::from_secs(3600);
        let unread = UnreadAnswers::default();
        unread.bytes.store(UnreadAnswers::LIMIT, Ordering::Relaxed);
        let sent = ours.send_with(&"x".repeat(8 << 20), &unread);
        assert!(matches!(sent, Err(Error::TimedOut)), "{sent:?}");
        assert_eq!(unread.bytes.into_inner(), UnreadAnswers::LIMIT);
        assert_eq!(UnreadAnswers::default().patience(PATIENCE), PATIENCE);
    }

    #[test]
    fn a_message_that_stops_half_way_is_given_up() {
        let (ours, mut theirs) = pair();
        theirs.patience = Duration::from_millis(50);
        ours.write(&1_000_u64.to_le_bytes()).unwrap();
        ours.write(&[0; 10]).unwrap();
        let received = theirs.receive::<String>(Wait::Forever);
        assert!(matches!(received, Err(Error::TimedOut)), "{received:?}");
        assert!(matches!(theirs.answer::<String>(), Err(Error::TimedOut)));
    }

    #[test]
    fn a_message_over_the_limit_is_refused_before_it_comes() {
        let (ours, theirs) = pair();
        ours.write(&(MESSAGE_LIMIT as u64 + 1).to_le_bytes())
            .unwrap();
        let received = theirs.receive::<String>(Wait::Forever);
        assert!(
            matches!(received, Err(Error::TooLarge { bytes }) if bytes == MESSAGE_LIMIT + 1),
            "{received:?}"
        );
        // One as long as the limit is waited for.
        let (ours, mut theirs) = pair();
        theirs.patience = Duration::from_millis(50);
        ours.write(&(MESSAGE_LIMIT as u64).to_le_bytes()).unwrap();
        let received = theirs.receive::<String>(Wait::Forever);
        assert!(matches!(received, Err(Error::TimedOut)), "{received:?}");
    }

    #[test]
    fn each_chunk_that_is_taken_renews_the_patience_with_the_next_one() {
        let (ours, _theirs) = pair();
        let long_ago = Instant::now() - Duration::from_secs(3600);
        let mut writer = Writer {
            connection: &ours,
            unread: &UnreadAnswers::default(),
            left: 0,
            chunk: 0,
            start: long_ago,
            failure: None,
        };
        writer.take(CHUNK - 1);
        assert_eq!((writer.chunk, writer.start), (CHUNK - 1, long_ago));
        writer.take(1);
        assert!(writer.chunk == 0 && writer.start > long_ago);
    }

    #[test]
    fn the_taken_part_of_an_answer_is_unread_no_more() {
        let (ours, _theirs) = pair();
        let unread = UnreadAnswers::default();
        unread.bytes.store(100, Ordering::Relaxed);
        let mut writer = Writer {
            connection: &ours,
            unread: &unread,
            left: 60,
            chunk: 0,
            start: Instant::now(),
            failure: None,
        };
        writer.write_all(&[0; 20]).unwrap();
        assert_eq!((writer.left, writer.chunk), (40, 20));
        assert_eq!(unread.bytes.load(Ordering::Relaxed), 80);
        // Its length, which comes before it, does not count.
        writer.write_all(&[0; 48]).unwrap();
        assert_eq!(unread.bytes.load(Ordering::Relaxed), 40);
        drop(writer);
        assert_eq!(unread.bytes.into_inner(), 40);
    }

    #[test]
    fn a_message_with_bytes_left_over_is_refused() {
        let (ours, theirs) = pair();
        ours.send(&(1_u8, 2_u8)).unwrap();
        let received = theirs.answer::<u8>();
        assert!(
            matches!(received, Err(Error::Deserialise(_))),
            "{received:?}"
        );
    }

    #[test]
    fn a_full_connection_is_waited_for_a_second_at_a_time_until_the_patience_ends() {
        let (ours, _theirs) = pair();
        let mut writer = Writer {
            connection: &ours,
            unread: &UnreadAnswers::default(),
            left: 0,
            chunk: 0,
            start: Instant::now(),
            failure: None,
        };
        while send(&ours.socket, &[0; CHUNK], SendFlags::DONTWAIT).is_ok() {}
        let begin = Instant::now();
        assert!(writer.wait().is_ok() && begin.elapsed() >= SHORT_PATIENCE);
        writer.start -= PATIENCE + SHORT_PATIENCE;
        let error = writer.wait().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }

    #[test]
    fn a_broken_connection_is_disconnected_and_another_fault_has_its_own_name() {
        for errno in [Errno::CONNRESET, Errno::PIPE] {
            assert!(matches!(refused(errno), Error::Disconnected));
            assert!(matches!(failure(&errno.into()), Error::Disconnected));
        }
        assert!(matches!(refused(Errno::TIMEDOUT), Error::TimedOut));
        assert!(
            refused(Errno::NOBUFS)
                .to_string()
                .contains("talk to a manager")
        );
        let failure = |kind: ErrorKind| failure(&kind.into());
        assert!(matches!(failure(ErrorKind::TimedOut), Error::TimedOut));
        assert!(matches!(failure(ErrorKind::WriteZero), Error::Disconnected));
    }
}
