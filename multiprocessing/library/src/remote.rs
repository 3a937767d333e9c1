//! A conversation over TCP, between two who know the same secret.
//!
//! Each side proves that it knows the secret by the code (HMAC with SHA-256) of random bytes that
//! the other one chose. Then messages follow, each behind its length.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use rustix::io::Errno;
use rustix::net::sockopt::set_socket_keepalive;
use rustix::rand::{GetRandomFlags, getrandom};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

use crate::MESSAGE_LIMIT;
use crate::error::{Error, Result};
use crate::wire::Message;

/// How long to wait for a connection, for all of the proof, and for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Chosen at random, so that the code of one conversation is of no use in another.
type Challenge = [u8; 32];

pub(crate) struct Remote {
    /// Shared with who may hang up on one who has proved nothing yet.
    stream: Arc<TcpStream>,
}

impl Remote {
    /// Calls a manager. Both sides have to know the secret.
    pub fn connect(address: SocketAddr, secret: &[u8]) -> Result<Remote> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE).map_err(failure)?;
        let deadline = Instant::now() + PATIENCE;
        let mut remote = Remote::new(Arc::new(stream))?;
        let theirs = remote.read_before(deadline).map_err(failure)?;
        let ours = challenge()?;
        remote.write(&ours)?;
        remote.write(
            &proof(secret, b"client", &theirs, &ours)
                .finalize()
                .into_bytes(),
        )?;
        // Who does not accept our proof hangs up.
        let tag = remote.read_before(deadline);
        let tag = tag.map_err(|error| match failure(error) {
            Error::Disconnected => Error::Unauthenticated,
            error => error,
        })?;
        verify(proof(secret, b"server", &ours, &theirs), &tag)?;
        let patience = Some(PATIENCE);
        remote.stream.set_read_timeout(patience).map_err(failure)?;
        Ok(remote)
    }

    /// Takes a call.
    pub fn accept(stream: Arc<TcpStream>, secret: &[u8]) -> Result<Remote> {
        Remote::accept_before(stream, secret, Instant::now() + PATIENCE)
    }

    fn accept_before(stream: Arc<TcpStream>, secret: &[u8], deadline: Instant) -> Result<Remote> {
        let mut remote = Remote::new(stream)?;
        let ours = challenge()?;
        remote.write(&ours)?;
        let theirs = remote.read_before(deadline).map_err(failure)?;
        let tag = remote.read_before(deadline).map_err(failure)?;
        verify(proof(secret, b"client", &ours, &theirs), &tag)?;
        remote.write(
            &proof(secret, b"server", &theirs, &ours)
                .finalize()
                .into_bytes(),
        )?;
        // A client may be silent for as long as it likes. One whose machine has died is found out.
        remote.stream.set_read_timeout(None).map_err(failure)?;
        set_socket_keepalive(&remote.stream, true).map_err(Error::os("set up a connection"))?;
        Ok(remote)
    }

    fn new(stream: Arc<TcpStream>) -> Result<Remote> {
        stream.set_nodelay(true).map_err(failure)?;
        stream.set_write_timeout(Some(PATIENCE)).map_err(failure)?;
        Ok(Remote { stream })
    }

    /// Sends a message.
    pub fn send<T: Serialize>(&mut self, value: &T) -> Result<()> {
        let bytes = Message::of(value)?.bytes;
        let mut frame = (bytes.len() as u64).to_le_bytes().to_vec();
        frame.extend(bytes);
        self.write(&frame)
    }

    /// Receives a message.
    pub fn receive<T: DeserializeOwned>(&mut self) -> Result<T> {
        let mut length = [0; 8];
        (&*self.stream).read_exact(&mut length).map_err(failure)?;
        let length = u64::from_le_bytes(length);
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > MESSAGE_LIMIT {
            return Err(Error::TooLarge { bytes: length });
        }
        // Memory is taken for what comes, not for what was announced.
        let mut bytes = Vec::new();
        (&*self.stream)
            .take(length as u64)
            .read_to_end(&mut bytes)
            .map_err(failure)?;
        if bytes.len() < length {
            return Err(Error::Disconnected);
        }
        Message {
            bytes,
            descriptors: Vec::new(),
        }
        .value()
    }

    /// Reads what belongs to the proof. It may trickle in, but not for ever.
    fn read_before(&mut self, deadline: Instant) -> io::Result<Challenge> {
        let mut bytes = Challenge::default();
        let mut count = 0;
        while count < bytes.len() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(ErrorKind::TimedOut.into());
            }
            self.stream.set_read_timeout(Some(left))?;
            match (&*self.stream).read(&mut bytes[count..]) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(more) => count += more,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(bytes)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        (&*self.stream).write_all(bytes).map_err(failure)
    }
}

fn challenge() -> Result<Challenge> {
    let mut challenge = Challenge::default();
    // So few bytes come all at once.
    getrandom(&mut challenge, GetRandomFlags::empty()).map_err(Error::os("draw random bytes"))?;
    Ok(challenge)
}

/// What the side of this name has to send: it cannot be what the other one sends.
fn proof(secret: &[u8], side: &[u8], theirs: &Challenge, ours: &Challenge) -> Hmac<Sha256> {
    let mut code =
        Hmac::new_from_slice(secret).unwrap_or_else(|_| unreachable!("any length will do"));
    for part in [side, theirs, ours] {
        code.update(part);
    }
    code
}

fn verify(proof: Hmac<Sha256>, tag: &Challenge) -> Result<()> {
    proof.verify_slice(tag).map_err(|_| Error::Unauthenticated)
}

fn failure(error: io::Error) -> Error {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => Error::TimedOut,
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
            Error::Disconnected
        }
        _ => {
            let errno = Errno::from_io_error(&error).unwrap_or(Errno::IO);
            Error::Os {
                action: "talk to a manager",
                errno,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Shutdown, TcpListener};
    use std::thread;

    use super::*;

    #[test]
    fn who_trickles_its_proof_is_hung_up_on_in_time() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut stranger = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let stream = Arc::new(listener.accept().unwrap().0);
        let patience = Duration::from_millis(100);
        let server = Arc::clone(&stream);
        let deadline = Instant::now() + patience;
        let accepted = thread::spawn(move || {
            let accepted = Remote::accept_before(stream, b"open sesame", deadline).err();
            let _ = server.shutdown(Shutdown::Both);
            accepted
        });
        // Each byte comes in good time, but 64 of them would take too long.
        while stranger.write_all(&[0]).is_ok() {
            thread::sleep(patience / 10);
        }
        let refusal = accepted.join().unwrap();
        assert!(matches!(refusal, Some(Error::TimedOut)), "{refusal:?}");
    }
}
