//! A file or socket that crosses to other processes.

use std::io;
use std::marker::PhantomData;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::wire::Descriptor;

/// A file or socket of type `T`, such as a `TcpListener`, on its way to other processes, which share it: Python pickles
/// sockets as their descriptor, too.
///
/// ```
/// use std::net::TcpListener;
///
/// use multiprocessing::{Handle, Process, tasks};
///
/// fn port(listener: Handle<TcpListener>) -> u16 {
///     listener.get().unwrap().local_addr().unwrap().port()
/// }
///
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     multiprocessing::init(tasks![port]);
///
///     let listener = TcpListener::bind("127.0.0.1:0")?;
///     let handle = Handle::new(listener.try_clone()?);
///     let process = Process::spawn(port, handle)?;
///     assert_eq!(process.result()?, listener.local_addr()?.port());
///     Ok(())
/// }
/// ```
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Handle<T> {
    descriptor: Descriptor,
    kind: PhantomData<fn() -> T>,
}

impl<T: Into<OwnedFd> + From<OwnedFd>> Handle<T> {
    /// A handle of this file or socket.
    pub fn new(file: T) -> Handle<T> {
        Handle {
            descriptor: Descriptor(Arc::new(file.into())),
            kind: PhantomData,
        }
    }

    /// The file or socket, as this process uses it.
    ///
    /// # Errors
    ///
    /// If the process has too many open files.
    pub fn get(&self) -> io::Result<T> {
        Ok(self.descriptor.0.try_clone()?.into())
    }
}

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Handle<T> {
        Handle {
            descriptor: self.descriptor.clone(),
            kind: PhantomData,
        }
    }
}
