//! A worker, as its parent holds it.

use std::collections::VecDeque;
use std::fmt::Display;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{self, Command, Stdio};
use std::thread;

use crossbeam_channel::{Sender, bounded, unbounded};
use parking_lot::Mutex;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, getpid, pidfd_open, pidfd_send_signal};
use rustix::thread::gettid;

use crate::error::{Error, Result};
use crate::exit::ExitStatus;
use crate::limits::NAME_LIMIT;
use crate::program;
use crate::protocol::{MARK, Request, Settings, Shared};
use crate::signals::{self, Uninterrupted};
use crate::socket::{Received, Wait, pair, ready, receive, send};
use crate::task::{Registry, Returned, Task};
use crate::wire::Message;

/// What every worker runs before its first task.
static PREPARATIONS: Mutex<Vec<Preparation>> = Mutex::new(Vec::new());

/// What a preparation returns: nothing, or a `Result` whose error keeps the process from its tasks.
pub trait Outcome: Sealed {}

/// Whether a preparation can fail, and how it did.
pub trait Sealed {
    #[doc(hidden)]
    const CAN_FAIL: bool;

    #[doc(hidden)]
    fn failure(self) -> Option<String>;
}

impl Outcome for () {}

impl Sealed for () {
    const CAN_FAIL: bool = false;

    fn failure(self) -> Option<String> {
        None
    }
}

impl<E: Display> Outcome for Result<(), E> {}

impl<E: Display> Sealed for Result<(), E> {
    const CAN_FAIL: bool = true;

    fn failure(self) -> Option<String> {
        self.err().map(|error| error.to_string())
    }
}

/// A call before the first task.
#[derive(Clone)]
pub(crate) struct Preparation {
    request: Message,
    task: &'static str,
    /// Reads the error that the call returned.
    failure: fn(&Message, usize) -> Option<String>,
}

/// Has a task run at the start of every process that is started from now on, before its first task.
///
/// Python calls this preparation data. It reaches every [`Process`](crate::Process), every worker
/// of a [`Pool`](crate::Pool) and every [`Manager`](crate::Manager). Several run in the order in
/// which they were given. A process whose preparation panics, or returns an error, exits, as after a
/// failed initializer.
///
/// # Errors
///
/// If the task is not registered, or its arguments cannot be serialised.
pub fn prepare<S, F>(task: F, arguments: F::Arguments) -> Result<()>
where
    F: Task<S, Output: Outcome>,
{
    let preparation = Preparation::new(task, &arguments)?;
    PREPARATIONS.lock().push(preparation);
    Ok(())
}

impl Preparation {
    pub(crate) fn new<S, F>(_: F, arguments: &F::Arguments) -> Result<Preparation>
    where
        F: Task<S, Output: Outcome>,
    {
        let registry = Registry::get()?;
        let task = registry.place::<F>()?;
        let mut request = Message::of_header(&Request::Prepare {
            task,
            can_fail: F::Output::CAN_FAIL,
        })?;
        request.push(arguments)?;
        Ok(Preparation {
            request,
            task: registry.name(task),
            failure: |reply, position| {
                let Returned(result) = reply.read::<Returned<F::Output>>(&mut { position }).ok()?;
                result.ok()?.failure()
            },
        })
    }
}

pub(crate) struct Child {
    /// The process that started it. A forked copy of that one has no business with it.
    parent: u32,
    preparations: Vec<Preparation>,
    process: Mutex<std::process::Child>,
    pid: u32,
    /// Stands for this process even after its number has gone to another: no signal goes astray.
    pidfd: OwnedFd,
    pub socket: OwnedFd,
}

impl Child {
    /// Starts this program again as a worker. With it comes what it is to be sent first: the
    /// preparations of every process, and `more`.
    pub(crate) fn start(
        name: &str,
        shared: Option<Shared>,
        settings: Settings,
        more: &[Preparation],
    ) -> Result<(Child, VecDeque<Message>)> {
        let registry = Registry::get()?;
        if name.is_empty() || name.len() > NAME_LIMIT || name.contains('\0') {
            return Err(Error::Name);
        }
        let (socket, theirs) = pair()?;
        let mut command = Command::new(program::path()?);
        if let Some(program) = std::env::args_os().next() {
            command.arg0(program);
        }
        command.args([MARK, name]).stdin(Stdio::from(theirs));
        let mut process = spawn(command, settings.ignore_interrupts)?;
        let pidfd = match pidfd_open(Pid::from_child(&process), PidfdFlags::empty()) {
            Ok(pidfd) => pidfd,
            Err(errno) => {
                let _ = process.kill().and_then(|()| process.wait());
                return Err(Error::os("watch a process with pidfd_open")(errno));
            }
        };
        let preparations: Vec<_> = PREPARATIONS.lock().iter().chain(more).cloned().collect();
        let child = Child {
            parent: process::id(),
            pid: process.id(),
            process: Mutex::new(process),
            pidfd,
            socket,
            preparations,
        };

        let preparations = child.preparations.iter();
        let mut requests: VecDeque<_> = preparations.map(|it| it.request.clone()).collect();
        let hello = Request::Hello {
            fingerprint: registry.fingerprint,
            parent: process::id(),
            shared,
            settings,
            ignored: signals::ignored().to_vec(),
            preparations: requests.len() as u32,
        };
        requests.push_front(Message::of_header(&hello)?);
        Ok((child, requests))
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Refuses what a forked copy of the parent may not do.
    pub(crate) fn check_parent(&self) -> Result<()> {
        match self.parent {
            parent if parent == process::id() => Ok(()),
            pid => Err(Error::Inherited { pid }),
        }
    }

    /// Why the worker could not be prepared, as its reply says, the rest of which begins at `position`.
    pub(crate) fn refusal(&self, preparation: u32, reply: &Message, position: usize) -> Error {
        let Some(preparation) = self.preparations.get(preparation as usize) else {
            return Error::Protocol("a preparation of no known number");
        };
        let failure = (preparation.failure)(reply, position);
        let failure = failure.unwrap_or_else(|| "an error that cannot be read".to_owned());
        Error::Unprepared(format!(
            "`{}` returned an error: {failure}",
            preparation.task
        ))
    }

    /// A descriptor that becomes readable when the process has ended.
    pub(crate) fn end(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }

    /// Sends a message. That its reader is dead shows later, when no answer comes.
    pub(crate) fn send(&self, message: &Message) -> Result<()> {
        self.check_parent()?;
        match send(&self.socket, message, Wait::Forever) {
            Ok(_) | Err(Error::Disconnected) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Waits for what the worker sends next. Its end is seen though a process that it left behind
    /// may hold its socket open.
    pub(crate) fn receive(&self) -> Result<Received> {
        self.check_parent()?;
        loop {
            // The process is looked at first: what it had sent when it ended is in the socket.
            let mut ready = [&self.pidfd, &self.socket].map(|it| PollFd::new(it, PollFlags::IN));
            match poll(&mut ready, None) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(errno) => {
                    return Err(Error::os("wait for a process")(errno));
                }
            }
            let [ended, sent] = ready.map(|it| !it.revents().is_empty());
            if sent {
                return receive(&self.socket, Wait::Never);
            } else if ended {
                return Ok(Received::End);
            }
        }
    }

    /// Sends a signal. Does nothing to a process that has ended.
    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        self.check_parent()?;
        match pidfd_send_signal(&self.pidfd, signal) {
            Ok(()) | Err(Errno::SRCH) => Ok(()),
            Err(errno) => Err(Error::os("signal a process with pidfd_send_signal")(errno)),
        }
    }

    /// Waits for the end of the process. `None`: it did not come for as long as `wait` says.
    pub(crate) fn wait(&self, wait: Wait) -> Result<Option<ExitStatus>> {
        self.check_parent()?;
        // Any number of threads may wait here. What follows takes no time.
        ready(&self.pidfd, PollFlags::IN, wait)?;
        let status = self.process.lock().try_wait().transpose();
        status.map(exit_status).transpose()
    }

    /// Ends the process at once, unless it has ended by itself, and returns how it ended.
    pub(crate) fn reap(&self) -> Result<ExitStatus> {
        self.signal(Signal::KILL)?;
        exit_status(self.process.lock().wait())
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.reap();
    }
}

/// Starts a process, from a thread that lives as long as the program.
///
/// A worker has the system kill it when its parent dies (see `worker`), and to the system the
/// parent is the thread that started it.
fn spawn(command: Command, ignore_interrupts: bool) -> Result<std::process::Child> {
    // Without `pre_exec` std calls posix_spawn. A fork would copy the page tables of this process,
    // however large, and might find locks held for ever. The command goes as soon as it has
    // been followed: it holds the worker's end of the socket.
    let start = move |mut command: Command| {
        // A worker that is to ignore interrupts cannot do so before it has read that. One that comes
        // earlier waits, and is ignored then.
        let _uninterrupted = ignore_interrupts.then(Uninterrupted::new);
        let process = command.spawn();
        process.map_err(Error::io("start a process with clone and execve"))
    };
    if gettid() == getpid() {
        return start(command);
    }
    let (answer, process) = bounded(1);
    let job = Box::new(move || _ = answer.send(start(command)));
    starter()?.send(job).map_err(|_| GONE)?;
    process.recv().map_err(|_| GONE)?
}

const GONE: Error = Error::Protocol("the thread that starts processes is gone");

type Job = Box<dyn FnOnce() + Send>;

/// A thread that does not end, as other threads than the first do. A forked copy of this process has
/// the variable, and not the thread.
fn starter() -> Result<Sender<Job>> {
    static STARTER: Mutex<Option<(u32, Sender<Job>)>> = Mutex::new(None);

    let mut starter = STARTER.lock();
    if let Some((pid, jobs)) = &*starter
        && *pid == process::id()
    {
        return Ok(jobs.clone());
    }
    let (jobs, queue) = unbounded::<Job>();
    let thread = thread::Builder::new().name("starter".to_owned());
    let run = move || queue.into_iter().for_each(|job| job());
    thread.spawn(run).map_err(Error::io("start a thread"))?;
    *starter = Some((process::id(), jobs.clone()));
    Ok(jobs)
}

fn exit_status(status: io::Result<process::ExitStatus>) -> Result<ExitStatus> {
    ExitStatus::of(status).map_err(Error::io("wait for a process"))
}

/// Why a process ended, or was ended, that never said that it is a worker.
pub(crate) const NO_INIT: &str = "its program did not call multiprocessing::init, which comes first in \
     `main`, or in a program of tests before it: see multiprocessing::init_before_main";
