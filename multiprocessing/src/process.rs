//! One process for one task.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::process::Signal;
use serde::de::DeserializeOwned;

use crate::child::Child;
use crate::error::{Error, Result};
use crate::socket::{Received, Wait, receive};
use crate::task::{Failure, Registry, Task};
use crate::wire::Message;
use crate::worker::{Reply, Request};

/// A task that runs in a process of its own.
///
/// Dropping it kills the process: [`join`](Process::join) those that are to finish.
#[must_use = "a process is killed when it is dropped: join it"]
pub struct Process<R = ()> {
    child: Child,
    name: String,
    task: &'static str,
    output: PhantomData<fn() -> R>,
}

impl<R: DeserializeOwned> Process<R> {
    /// Starts a process named `Process-1`, `Process-2` and so on.
    ///
    /// # Errors
    ///
    /// If the task is not registered, the arguments cannot be sent, or the system starts no process.
    pub fn spawn<S, F>(task: F, arguments: F::Arguments) -> Result<Process<R>>
    where
        F: Task<S, Output = R>,
    {
        static COUNT: AtomicU64 = AtomicU64::new(1);
        Process::spawn_named(
            format!("Process-{}", COUNT.fetch_add(1, Ordering::Relaxed)),
            task,
            arguments,
        )
    }

    /// Starts a process with a name of 1 to [`NAME_LIMIT`](crate::NAME_LIMIT) bytes.
    ///
    /// # Errors
    ///
    /// As [`spawn`](Process::spawn); and if the name is empty, too long, or holds a NUL byte.
    pub fn spawn_named<S, F>(
        name: impl Into<String>,
        _: F,
        arguments: F::Arguments,
    ) -> Result<Process<R>>
    where
        F: Task<S, Output = R>,
    {
        let name = name.into();
        let registry = Registry::get()?;
        let task = registry.place::<F>()?;
        let mut run = Message::of(&Request::Run {
            id: 0,
            task,
            count: 1,
        })?;
        run.push(&arguments)?;
        let child = Child::start(&name, &[])?;
        child.send(&run)?;
        child.send(&Message::of(&Request::Exit)?)?;
        Ok(Process {
            child,
            name,
            task: registry.name(task),
            output: PhantomData,
        })
    }
}

impl<R> Process<R> {
    /// The name of the process.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.pid()
    }

    /// Waits until the process has ended, and returns its [`exitcode`](Process::exitcode).
    ///
    /// # Errors
    ///
    /// If the system does not tell.
    pub fn join(&self) -> Result<i32> {
        let code = self.child.wait(Wait::Forever)?;
        code.ok_or(Error::Protocol("a process that ended without a status"))
    }

    /// Waits as [`join`](Process::join) does, but no longer than this. `None`: it is still alive.
    ///
    /// # Errors
    ///
    /// If the system does not tell.
    pub fn join_timeout(&self, timeout: Duration) -> Result<Option<i32>> {
        self.child.wait(Wait::within(timeout))
    }

    /// Whether the process has not ended.
    ///
    /// # Errors
    ///
    /// If the system does not tell.
    pub fn is_alive(&self) -> Result<bool> {
        Ok(self.exitcode()?.is_none())
    }

    /// How the process ended: 0 when its task returned, 1 when it panicked, the code that it exited with, or minus the number of
    /// the signal that killed it. `None` while it is alive.
    ///
    /// # Errors
    ///
    /// If the system does not tell.
    pub fn exitcode(&self) -> Result<Option<i32>> {
        self.child.wait(Wait::Never)
    }

    /// Asks the process to end, with SIGTERM. Does nothing to one that has ended.
    ///
    /// # Errors
    ///
    /// If the system refuses.
    pub fn terminate(&self) -> Result<()> {
        self.child.signal(Signal::TERM)
    }

    /// Ends the process at once, with SIGKILL. Does nothing to one that has ended.
    ///
    /// # Errors
    ///
    /// If the system refuses.
    pub fn kill(&self) -> Result<()> {
        self.child.signal(Signal::KILL)
    }
}

impl<R: DeserializeOwned> Process<R> {
    /// Waits for the value that the task returns.
    ///
    /// # Errors
    ///
    /// [`Error::Panicked`] if the task panicked, [`Error::Died`] if its process died.
    pub fn result(self) -> Result<R> {
        let (task, pid) = (self.task, self.pid());
        let mut buffer = Vec::new();
        loop {
            let mut reply = match receive(&self.child.socket, &mut buffer, Wait::Forever)? {
                Received::Message(message) => message.reader(),
                Received::Nothing | Received::End => {
                    return Err(Error::Died {
                        task,
                        pid,
                        exitcode: self.join()?,
                    });
                }
            };
            match reply.next()? {
                Reply::Ready => {}
                Reply::Failed { reason, .. } => return Err(Error::Broken(reason)),
                Reply::Done { .. } => {
                    let result: std::result::Result<R, Failure> = reply.next()?;
                    reply.finish()?;
                    // It exits by itself; to drop it now would kill it.
                    self.join()?;
                    return result.map_err(|failure| failure.into_error(task, pid));
                }
            }
        }
    }
}
