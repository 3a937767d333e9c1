//! A conversation over TCP, between two who know the same secret.
//!
//! Each side proves that it knows the secret by the code (HMAC with SHA-256) of random bytes that
//! the other one chose. Then messages follow, each behind its length.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

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

/// How long to wait for a connection, for proof, and for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Chosen at random, so that the code of one conversation is of no use in another.
type Challenge = [u8; 32];

pub(crate) struct Remote {
    stream: TcpStream,
}

impl Remote {
    /// Calls a manager. Both sides have to know the secret.
    pub fn connect(address: SocketAddr, secret: &[u8]) -> Result<Remote> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE).map_err(failure)?;
        let mut remote = Remote::new(stream)?;
        let theirs = remote.read_array().map_err(failure)?;
        let ours = challenge()?;
        remote.write(&ours)?;
        remote.write(
            &proof(secret, b"client", &theirs, &ours)
                .finalize()
                .into_bytes(),
        )?;
        // Who does not accept our proof hangs up.
        let tag: Challenge = remote.read_array().map_err(|error| match failure(error) {
            Error::Disconnected => Error::Unauthenticated,
            error => error,
        })?;
        verify(proof(secret, b"server", &ours, &theirs), &tag)?;
        Ok(remote)
    }

    /// Takes a call.
    pub fn accept(stream: TcpStream, secret: &[u8]) -> Result<Remote> {
        let mut remote = Remote::new(stream)?;
        let ours = challenge()?;
        remote.write(&ours)?;
        let theirs = remote.read_array().map_err(failure)?;
        let tag: Challenge = remote.read_array().map_err(failure)?;
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

    fn new(stream: TcpStream) -> Result<Remote> {
        stream.set_nodelay(true).map_err(failure)?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(failure)?;
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
        let length = u64::from_le_bytes(self.read_array().map_err(failure)?);
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > MESSAGE_LIMIT {
            return Err(Error::TooLarge { bytes: length });
        }
        // Memory is taken for what comes, not for what was announced.
        let mut bytes = Vec::new();
        Read::by_ref(&mut self.stream)
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

    fn read_array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.stream.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.write_all(bytes).map_err(failure)
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
