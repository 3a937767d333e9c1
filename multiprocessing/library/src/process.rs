//! One process for one task.

use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::process::Signal;
use serde::de::DeserializeOwned;

use crate::child::{Child, NO_INIT};
use crate::error::{Error, Result};
use crate::exit::ExitStatus;
use crate::protocol::{Reply, Request, Settings};
use crate::socket::{Received, Wait};
use crate::task::{Registry, Returned, Task};
use crate::wire::{Message, SMALL};

/// A process that runs one task.
///
/// It is killed when this is dropped: [`join`](Process::join) what is to finish.
#[must_use = "a process is killed when it is dropped: join it"]
pub struct Process<R = ()> {
    child: Child,
    name: String,
    task: &'static str,
    result: PhantomData<fn() -> R>,
}

impl<R> fmt::Debug for Process<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Process")
            .field("name", &self.name)
            .field("pid", &self.pid())
            .field("task", &self.task)
            .finish_non_exhaustive()
    }
}

impl<R: DeserializeOwned> Process<R> {
    /// Starts a process. Its name is `Process-1`, `Process-2` and so on.
    ///
    /// # Errors
    ///
    /// If the task is not registered, its arguments cannot be sent, or no process can be started.
    pub fn spawn<S, F>(task: F, arguments: F::Arguments) -> Result<Process<R>>
    where
        F: Task<S, Output = R>,
    {
        static COUNT: AtomicU64 = AtomicU64::new(1);
        let name = format!("Process-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        Process::spawn_named(&name, task, arguments)
    }

    /// Starts a process with a name of 1 to [`NAME_LIMIT`](crate::NAME_LIMIT) bytes.
    ///
    /// # Errors
    ///
    /// As for [`spawn`](Process::spawn), and if the name is empty, too long, or has a NUL byte.
    pub fn spawn_named<S, F>(name: &str, _: F, arguments: F::Arguments) -> Result<Process<R>>
    where
        F: Task<S, Output = R>,
    {
        let registry = Registry::get()?;
        let task = registry.place::<F>()?;
        let mut run = Message::with_capacity(SMALL);
        Request::run(&mut run, task, &[arguments])?;
        let (child, mut requests) = Child::start(name, None, Settings::default(), &[])?;
        requests.extend([run, Message::of_header(&Request::Exit)?]);
        for request in &requests {
            child.send(request)?;
        }
        let (name, task) = (name.to_owned(), registry.name(task));
        Ok(Process {
            child,
            name,
            task,
            result: PhantomData,
        })
    }

    /// Waits until the process has ended, and returns what its task returned.
    ///
    /// # Errors
    ///
    /// [`Error::Panicked`] if the task panicked, [`Error::Died`] if its process died.
    pub fn result(self) -> Result<R> {
        let (task, pid) = (self.task, self.pid());
        let mut result = Err(None);
        let mut started = false;
        while let Received::Message(message) = self.child.receive()? {
            let mut position = 0;
            match message.read_header(&mut position)? {
                Reply::Started => started = true,
                Reply::Ready => {}
                Reply::Refused { preparation } => {
                    let refusal = self.child.refusal(preparation, &message, position);
                    result = Err(Some(refusal));
                }
                Reply::Failed { reason } => result = Err(Some(Error::Unprepared(reason))),
                Reply::Done { .. } => {
                    let Returned(done) = message.read(&mut position)?;
                    result = done.map_err(|failure| Some(failure.into_error(task, pid)));
                }
            }
        }
        let exitcode = self.join()?;
        if !started && matches!(exitcode, ExitStatus::Code(_)) {
            return Err(Error::Unprepared(format!("{exitcode}: {NO_INIT}")));
        }
        result.map_err(|error| {
            error.unwrap_or(Error::Died {
                task,
                pid,
                exitcode,
            })
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
    /// If the system refuses to say, or this process is a forked copy of the one that started it.
    pub fn join(&self) -> Result<ExitStatus> {
        self.child
            .wait(Wait::Forever)?
            .ok_or(Error::Protocol("an end without a status"))
    }

    /// As [`join`](Process::join), for no longer than this. `None`: it is still alive.
    ///
    /// # Errors
    ///
    /// If the system refuses to say, or this process is a forked copy of the one that started it.
    pub fn join_timeout(&self, timeout: Duration) -> Result<Option<ExitStatus>> {
        self.child.wait(Wait::within(timeout))
    }

    /// Whether the process has not ended.
    ///
    /// # Errors
    ///
    /// If the system refuses to say, or this process is a forked copy of the one that started it.
    pub fn is_alive(&self) -> Result<bool> {
        Ok(self.exitcode()?.is_none())
    }

    /// How the process ended; `None` while it is alive.
    ///
    /// # Errors
    ///
    /// If the system refuses to say, or this process is a forked copy of the one that started it.
    pub fn exitcode(&self) -> Result<Option<ExitStatus>> {
        self.child.wait(Wait::Never)
    }

    /// Ends the process with SIGTERM, which it may handle. Does nothing to one that has ended.
    ///
    /// # Errors
    ///
    /// If the system refuses.
    pub fn terminate(&self) -> Result<()> {
        self.child.signal(Signal::TERM)
    }

    /// Ends the process with SIGKILL. Does nothing to one that has ended.
    ///
    /// # Errors
    ///
    /// If the system refuses.
    pub fn kill(&self) -> Result<()> {
        self.child.signal(Signal::KILL)
    }
}
