//! The life of a worker, in its own process.
//!
//! A worker is this program, started again by [`Child`](crate::child::Child) with its end of a socket pair as standard
//! input. It answers requests until it is told to exit, or its parent is gone.

use std::ffi::CString;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::exit;
use std::sync::{Arc, OnceLock};
use std::thread;

use rustix::event::PollFlags;
use rustix::process::{Signal, getpid, kill_process};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::socket::{Received, Wait, ready, receive, send};
use crate::task::{Failure, Registration, Registry};
use crate::wire::{Message, Reader};

/// The first argument of a program that is to be a worker. The second is its name.
pub(crate) const MARK: &str = "--multiprocessing-worker";

/// What a parent sends. `Prepare` and `Run` are followed by the arguments.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Request {
    /// The first: the tasks that the parent knows, and how many preparations follow.
    Hello { fingerprint: u64, preparations: u32 },
    /// A call to make before the first task.
    Prepare { task: u32 },
    /// Calls to make: as many as `count`, of one task.
    Run { id: u64, task: u32, count: u32 },
    /// The last.
    Exit,
}

/// What a worker sends. `Done` is followed by a `Result<Output, Failure>` for each call.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Reply {
    /// Every preparation is made.
    Ready,
    /// A preparation failed, and the worker exits.
    Failed { reason: String },
    /// The calls are made.
    Done { id: u64 },
}

static NAME: OnceLock<String> = OnceLock::new();

/// This process, as [`current_process`] describes it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CurrentProcess {
    name: &'static str,
    pid: u32,
}

impl CurrentProcess {
    /// The name that it was started with; `MainProcess` for the one that started the others.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }
}

/// The process that calls it.
pub fn current_process() -> CurrentProcess {
    CurrentProcess {
        name: NAME.get().map_or("MainProcess", String::as_str),
        pid: std::process::id(),
    }
}

/// Makes the listed functions known to every process of this program, and turns a worker into one.
///
/// The first line of `main`, before arguments are parsed or anything is started. In a worker it serves the tasks
/// that come and never returns.
///
/// # Panics
///
/// If it is called twice.
pub fn init<const N: usize>(tasks: [Registration; N]) {
    Registry::set(tasks.into());
    let mut arguments = std::env::args_os();
    let program = arguments.next();
    if arguments.next().is_some_and(|mark| mark == MARK) {
        let name = arguments
            .next()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let _ = NAME.set(name);
        if let Some(program) = program {
            show_name(Path::new(&program));
        }
        // Python's, too, exits with 1 when it cannot go on. Nobody is left to be told if the parent is gone.
        exit(match serve() {
            Ok(code) => code,
            Err(Error::Disconnected) => 1,
            Err(error) => {
                eprintln!("{}: {error}", current_process().name());
                1
            }
        });
    }
}

/// Lets `ps` and `top` show the program's name. It would be `exe`, the last part of the path that was started.
fn show_name(program: &Path) {
    let name = program
        .file_name()
        .and_then(|name| CString::new(name.as_bytes()).ok());
    if let Some(name) = name {
        let _ = rustix::thread::set_name(&name);
    }
}

/// Answers requests until the last. Returns the code to exit with.
fn serve() -> Result<i32> {
    let socket = Arc::new(take_socket()?);
    watch_parent(Arc::clone(&socket))?;
    let registry = Registry::get()?;
    let mut buffer = Vec::new();
    let mut code = 0;
    let mut preparations = None;
    loop {
        if preparations == Some(0) {
            send(&socket, &Message::of(&Reply::Ready)?, Wait::Forever)?;
            preparations = None;
        }
        let mut input = match receive(&socket, &mut buffer, Wait::Forever)? {
            Received::Message(message) => message.reader(),
            Received::End | Received::Nothing => return Err(Error::Disconnected),
        };
        match input.next()? {
            Request::Hello {
                fingerprint,
                preparations: count,
            } => {
                if fingerprint != registry.fingerprint {
                    let reason =
                        "init was given other tasks in the worker than in its parent".to_owned();
                    send(
                        &socket,
                        &Message::of(&Reply::Failed { reason })?,
                        Wait::Forever,
                    )?;
                    return Ok(1);
                }
                preparations = Some(count);
            }
            Request::Prepare { task } => {
                let mut output = Message::default();
                if !registry.run(task, &mut input, &mut output)? {
                    let outcome: std::result::Result<(), Failure> = output.into_value()?;
                    let failure = outcome.map_err(|failure| {
                        failure.into_error(registry.name(task), std::process::id())
                    });
                    let reason = failure.map_or_else(|error| error.to_string(), |()| String::new());
                    send(
                        &socket,
                        &Message::of(&Reply::Failed { reason })?,
                        Wait::Forever,
                    )?;
                    return Ok(1);
                }
                preparations = preparations.and_then(|left: u32| left.checked_sub(1));
            }
            Request::Run { id, task, count } => {
                let done = run(registry, id, task, count, &mut input);
                let (reply, succeeded) = done?;
                code = i32::from(!succeeded);
                send(&socket, &reply, Wait::Forever)?;
            }
            Request::Exit => return Ok(code),
        }
    }
}

fn run(
    registry: &Registry,
    id: u64,
    task: u32,
    count: u32,
    input: &mut Reader,
) -> Result<(Message, bool)> {
    let mut reply = Message::of(&Reply::Done { id })?;
    let mut succeeded = true;
    for _ in 0..count {
        succeeded &= registry.run(task, input, &mut reply)?;
    }
    Ok((reply, succeeded))
}

/// Moves the socket away from standard input, so that a task that reads finds an empty input, and nothing that the task
/// starts inherits the socket.
fn take_socket() -> Result<OwnedFd> {
    let stdin = std::io::stdin();
    rustix::net::sockopt::socket_type(&stdin)
        .map_err(|_| Error::Protocol("a worker is started by its parent only"))?;
    let socket =
        rustix::io::fcntl_dupfd_cloexec(&stdin, 3).map_err(Error::os("keep the socket"))?;
    let null = File::open("/dev/null").map_err(|error| Error::Os {
        action: "open /dev/null",
        errno: rustix::io::Errno::from_io_error(&error).unwrap_or(rustix::io::Errno::IO),
    })?;
    rustix::stdio::dup2_stdin(null).map_err(Error::os("empty the standard input"))?;
    Ok(socket)
}

/// Ends this process as soon as its parent closes the socket, which a parent does however it dies.
///
/// A signal on the parent's death (`PR_SET_PDEATHSIG`) would come when the thread ends that started the worker.
fn watch_parent(socket: Arc<OwnedFd>) -> Result<()> {
    let watch = move || {
        // No event is asked for: what comes in wakes nobody here. The end of the other side is always told.
        let _ = ready(&socket, PollFlags::empty(), Wait::Forever);
        // Not `exit`, which runs handlers and may wait for a lock that the task holds.
        let _ = kill_process(getpid(), Signal::KILL);
    };
    let started = thread::Builder::new()
        .name("parent-watch".to_owned())
        .stack_size(16 * 1024)
        .spawn(watch);
    started.map(drop).map_err(|error| Error::Os {
        action: "start a thread",
        errno: rustix::io::Errno::from_io_error(&error).unwrap_or(rustix::io::Errno::AGAIN),
    })
}
