//! A process that keeps dictionaries for others.

mod dict;
mod messages;
mod server;

use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::os::fd::OwnedFd;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use self::dict::Dict;
use self::dict::{Entrance, Source};
use self::server::keep;
use crate::error::{Error, Result};
use crate::pipe::Pipe;
use crate::process::Process;
use crate::queue::Queue;
use crate::supervisor::EXIT_TIME;
use crate::task::Registration;
use crate::wire::Descriptor;

/// A process that keeps dictionaries, which any number of other processes read and change.
///
/// Processes of this program get a [`Dict`] as an argument. Others, on other machines too, reach
/// the manager over TCP if it [listens](Manager::listen). Dropping the manager ends its process, which has a second
/// for its exit handlers, and what it keeps is lost.
#[derive(Debug)]
pub struct Manager {
    process: Process,
    /// A message here has the process exit.
    exit: Pipe<()>,
    entrance: Entrance,
    address: Option<SocketAddr>,
}

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

/// The entry of the list of tasks without which no manager starts.
pub(crate) fn task() -> Registration {
    Registration::new(keep)
}
