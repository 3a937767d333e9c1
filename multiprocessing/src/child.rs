//! A worker, as its parent holds it.

use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Mutex;

use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde::Serialize;

use crate::NAME_LIMIT;
use crate::error::{Error, Result};
use crate::socket::{Wait, pair, ready, send};
use crate::task::{Registry, Task};
use crate::wire::Message;
use crate::worker::{MARK, Request};

/// What every process is told to run before its first task.
static PREPARATIONS: Mutex<Vec<Message>> = Mutex::new(Vec::new());

/// Runs a task with these arguments at the start of every process that is started from now on, before its first task.
///
/// This is what Python calls preparation data. It reaches every [`Process`](crate::Process), the workers of every
/// [`Pool`](crate::Pool) and every [`Manager`](crate::Manager); several preparations run in the order of their registration. A task
/// that panics here ends its process, as a failing initializer does.
///
/// # Errors
///
/// If the task is not registered, or the arguments cannot be serialised.
pub fn prepare<S, F: Task<S, Output = ()>>(task: F, arguments: F::Arguments) -> Result<()> {
    let preparation = preparation(task, &arguments)?;
    PREPARATIONS.lock().unwrap().push(preparation);
    Ok(())
}

/// The request to run a task before any other.
pub(crate) fn preparation<S, F: Task<S, Output = ()>>(
    _: F,
    arguments: &F::Arguments,
) -> Result<Message> {
    let task = Registry::get()?.place::<F>()?;
    let mut message = Message::of(&Request::Prepare { task })?;
    message.push(arguments)?;
    Ok(message)
}

pub(crate) struct Child {
    process: Mutex<std::process::Child>,
    pid: u32,
    /// Refers to this process even when its number is given to another: signals cannot go astray.
    pidfd: OwnedFd,
    pub socket: OwnedFd,
}

impl Child {
    /// Starts this program again as a worker, and sends it its preparations: the program's own, and `more`.
    pub fn start(name: &str, more: &[Message]) -> Result<Child> {
        let registry = Registry::get()?;
        if name.is_empty() || name.len() > NAME_LIMIT || name.contains('\0') {
            return Err(Error::Name);
        }
        let (socket, theirs) = pair()?;
        // No pre_exec: with it std would fork, and a fork copies the page tables of the parent and may
        // find a lock held by another thread. Without it std uses posix_spawn, which does neither.
        let mut command = Command::new("/proc/self/exe");
        if let Some(program) = std::env::args_os().next() {
            command.arg0(program);
        }
        let spawned = command
            .args([MARK, name])
            .stdin(Stdio::from(theirs))
            .spawn();
        let process = spawned.map_err(io("start a process"))?;
        let pid = process.id();
        let pidfd = pidfd_open(Pid::from_child(&process), PidfdFlags::empty());
        let pidfd = pidfd.map_err(Error::os("watch a process"))?;
        let child = Child {
            process: Mutex::new(process),
            pid,
            pidfd,
            socket,
        };

        let mut preparations = PREPARATIONS.lock().unwrap().clone();
        preparations.extend_from_slice(more);
        let hello = Request::Hello {
            fingerprint: registry.fingerprint,
            preparations: preparations.len() as u32,
        };
        child.send(&Message::of(&hello)?)?;
        for preparation in &preparations {
            child.send(preparation)?;
        }
        Ok(child)
    }

    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Sends a message. One that finds its reader dead is dropped: the death is found when the reply is missing.
    pub fn send(&self, message: &Message) -> Result<()> {
        match send(&self.socket, message, Wait::Forever) {
            Ok(_) | Err(Error::Disconnected) => Ok(()),
            Err(error) => Err(error),
        }
    }

    pub fn signal(&self, signal: Signal) -> Result<()> {
        match pidfd_send_signal(&self.pidfd, signal) {
            // It is over already.
            Ok(()) | Err(Errno::SRCH) => Ok(()),
            Err(errno) => Err(Error::Os {
                action: "signal a process",
                errno,
            }),
        }
    }

    /// Waits for the end of the process. `None`: it did not come in time.
    pub fn wait(&self, wait: Wait) -> Result<Option<i32>> {
        // Several threads may wait; only the reaping of a process that has ended is done by one at a time.
        if wait != Wait::Never && !ready(&self.pidfd, PollFlags::IN, wait)? {
            return Ok(None);
        }
        let status = self
            .process
            .lock()
            .unwrap()
            .try_wait()
            .map_err(io("wait for a process"))?;
        Ok(status.map(exitcode))
    }

    /// Ends the process at once, if it has not ended by itself, and tells how it ended.
    pub fn reap(&self) -> Result<i32> {
        // A process that is on its way out keeps the code it had.
        self.signal(Signal::KILL)?;
        let status = self
            .process
            .lock()
            .unwrap()
            .wait()
            .map_err(io("wait for a process"))?;
        Ok(exitcode(status))
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.reap();
    }
}

/// The exit code as Python has it: minus the signal's number for a process that was killed.
fn exitcode(status: ExitStatus) -> i32 {
    status
        .code()
        .or_else(|| status.signal().map(|signal| -signal))
        .unwrap_or(i32::MIN)
}

/// The exit code in words.
pub(crate) fn describe(exitcode: i32) -> String {
    if exitcode >= 0 {
        return format!("exit code {exitcode}");
    }
    let name = match -exitcode {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        31 => "SIGSYS",
        signal => return format!("killed by signal {signal}"),
    };
    format!("killed by signal {} ({name})", -exitcode)
}

pub(crate) fn io(action: &'static str) -> impl Fn(std::io::Error) -> Error {
    move |error| Error::Os {
        action,
        errno: Errno::from_io_error(&error).unwrap_or(Errno::IO),
    }
}
