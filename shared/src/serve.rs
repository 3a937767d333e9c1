//! A server's nouns, the same for all four: pages, limits, parsing, answers, and the count of all that.
//!
//! | page | answer |
//! |---|---|
//! | `/hello?delay=1` | `Hello, World!`, after so many seconds (0 to 60) |
//! | `/work?us=1000` | `worked`, after so many microseconds of computing (0 to 10,000,000) |
//! | `/cats/1.jpg` ... `/cats/20.jpg` | photos of about 100 kB |
//!
//! Reading order: [`Listener`] admits connections, up to a limit; a [`Connection`] receives [`Request`]s and sends [`Answer`]s.
//! asyncio leaves the bytes to hyper, whose answers these are to the last byte, and shares the rest.

mod answer;
mod connection;
mod count;
mod listener;
mod request;
mod visit;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use rustix::net::{
    AddressFamily, SocketFlags, SocketType, bind, listen as listen_with, socket_with, sockopt,
};
use serde::{Deserialize, Serialize};

pub use answer::{Answer, BUSY};
pub use connection::Connection;
pub use listener::{Listener, pause_after};
pub use request::{Head, Request};
pub use visit::Visit;

/// What a server is to do.
#[derive(Debug)]
pub struct Job {
    /// The socket at which it listens already.
    pub listener: TcpListener,
    /// Workers, each of which serves one connection at a time. `None`: the technique's own way.
    pub workers: Option<usize>,
    /// What holds for every client.
    pub rules: Rules,
}

impl Job {
    /// A server on 127.0.0.1 at this port, or at a free one if that is 0.
    ///
    /// # Errors
    ///
    /// If the port is taken or may not be bound.
    pub fn new(port: u16, workers: Option<usize>, rules: Rules) -> io::Result<Self> {
        Ok(Self {
            listener: listen(port, &rules)?,
            workers,
            rules,
        })
    }
}

/// What holds for every client. A request with content is refused, so that there is no limit to its length.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Rules {
    /// Connections open at once. One more gets 503, where it is accepted at all.
    pub connections: usize,
    /// How long a client may take to send the head of its next request, be it silent or slow, and to take an answer.
    pub patience: Duration,
    /// How long requests in flight may take when the server is to end.
    pub grace: Duration,
    /// Whether `/crash?how=panic`, `/crash?how=abort` and `/crash?how=kill` do what they say. Otherwise there is no such page.
    pub crashes: bool,
}

/// The longest head of a request, in bytes.
pub const HEAD_BYTES: usize = 8 * 1024;

/// The most header fields of a request.
pub const HEADERS: usize = 100;

/// Processes that wait for connections, if no other number is asked for: each serves one at a time.
pub const PREFORKED: usize = 64;

/// Connections that may wait to be accepted; the kernel's own limit is net.core.somaxconn.
const BACKLOG: i32 = 16_384;

impl Default for Rules {
    fn default() -> Self {
        Self {
            connections: 20_000,
            patience: Duration::from_secs(30),
            grace: Duration::from_secs(5),
            crashes: false,
        }
    }
}

/// A socket whose connections inherit what is set here: no system call for each of them.
fn listen(port: u16, rules: &Rules) -> io::Result<TcpListener> {
    let (inet, stream) = (AddressFamily::INET, SocketType::STREAM);
    let socket = socket_with(inet, stream, SocketFlags::CLOEXEC, None)?;
    sockopt::set_socket_reuseaddr(&socket, true)?;
    // A small answer must not wait for the acknowledgement of the one before it.
    sockopt::set_tcp_nodelay(&socket, true)?;
    // A client that does not take its answer loses it, in every technique.
    let patience = rules.patience.as_millis().try_into().unwrap_or(u32::MAX);
    sockopt::set_tcp_user_timeout(&socket, patience)?;
    bind(&socket, &SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    listen_with(&socket, BACKLOG)?;
    Ok(socket.into())
}
