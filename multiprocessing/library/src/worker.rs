//! The life of a worker, in its own process.
//!
//! A worker is this program, started again by [`Child`](crate::child::Child) with one end of a
//! pair of sockets as its standard input. It serves requests until the last, `Exit`, or until
//! its parent is gone.

use std::ffi::CString;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::OnceLock;
use std::{env, io, process};

use rustix::process::{
    Pid, Resource, Rlimit, Signal, getppid, getrlimit, set_parent_process_death_signal, setrlimit,
};

use crate::error::{Error, Result};
use crate::manager;
use crate::panic;
use crate::protocol::{MARK, Reply, Request, Shared};
use crate::signals;
use crate::socket::{Packet, Received, Wait, receive_packet, send};
use crate::task::{Failure, Registration, Registry, Returned};
use crate::wire::Message;

/// The process that asks, as [`current_process`] returns it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CurrentProcess {
    name: &'static str,
    pid: u32,
}

impl CurrentProcess {
    /// The name that it was started with; `MainProcess` if no process of this crate started it.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }
}

static NAME: OnceLock<String> = OnceLock::new();

/// The process that asks.
pub fn current_process() -> CurrentProcess {
    CurrentProcess {
        name: NAME.get().map_or("MainProcess", String::as_str),
        pid: process::id(),
    }
}

/// Makes the listed functions known, and turns this process into a worker if it was started to be
/// one.
///
/// Call it in the first line of `main`, before arguments are parsed and anything is started. In a
/// worker it serves the tasks that come, and never returns.
///
/// # Panics
///
/// If it was called before with other tasks.
pub fn init<const N: usize>(tasks: [Registration; N]) {
    Registry::set(tasks.into_iter().chain([manager::task()]).collect());
    let mut arguments = env::args_os();
    let program = arguments.next().unwrap_or_default();
    if arguments.next().is_none_or(|argument| argument != MARK) {
        signals::ignored(); // before the program makes choices of its own
        return;
    }
    show_name(Path::new(&program));
    panic::note_locations();
    let _ = NAME.set(
        arguments
            .next()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
    );
    process::exit(match serve() {
        Ok(code) => code,
        // The parent is gone, and no process is left to read it.
        Err(Error::Disconnected) => 1,
        Err(error) => {
            eprintln!("{}: {error}", current_process().name());
            1
        }
    });
}

/// Lets `ps` show the program's name, not `exe`, which is the end of the path that was started.
fn show_name(program: &Path) {
    let name = program
        .file_name()
        .and_then(|name| CString::new(name.as_bytes()).ok());
    if let Some(name) = name {
        let _ = rustix::thread::set_name(&name);
    }
}

/// Serves requests until the last. Returns the code to exit with.
fn serve() -> Result<i32> {
    // Until it is known whether they are to end it, signals of the terminal do not.
    signals::reset(&signals::OF_THE_TERMINAL);
    // At once, whatever it does then, and however its parent dies. If that was before now,
    // `make_ready` finds it out.
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(Error::os("watch the parent"))?;
    let socket = take_socket()?;
    let registry = Registry::get()?;
    let reply = |reply: &Message| send(&socket, reply, Wait::Forever);
    reply(&Message::of_header(&Reply::Started)?)?;
    let shared = match make_ready(&socket, registry) {
        Ok(Ready::Serving(shared)) => shared,
        Ok(Ready::Refused(refusal)) => {
            reply(&refusal)?;
            return Ok(1);
        }
        Err(error) => {
            let reason = error.to_string();
            reply(&Message::of_header(&Reply::Failed { reason })?)?;
            return Ok(1);
        }
    };
    reply(&Message::of_header(&Reply::Ready)?)?;
    let mut code = 0;
    let mut output = Message::default();
    loop {
        let packet = packet(&socket)?;
        let mut begun = None;
        if let Some(shared) = &shared {
            shared.claim.count_packet();
            // To read a long message is the beginning of its task: the pool waits no longer for this
            // worker to begin, and takes back nothing that it reads.
            begun = packet.head().and_then(Request::id);
            if begun.is_some_and(|id| !shared.claim.claim(id)) {
                continue;
            }
        }
        let input = packet.open()?;
        let mut position = 0;
        while position < input.bytes.len() {
            let start = position;
            match input.read_header(&mut position)? {
                // The pool has taken it back, and what was sent with it and after it.
                Request::Run { id, .. }
                    if begun != Some(id)
                        && shared.as_ref().is_some_and(|it| !it.claim.claim(id)) =>
                {
                    break;
                }
                Request::Run {
                    id,
                    length,
                    count,
                    task,
                } => {
                    output.clear();
                    output.push_header(&Reply::Done { id })?;
                    let mut succeeded = true;
                    let mut arguments = position;
                    for _ in 0..count {
                        succeeded &= registry.run(task, &input, &mut arguments, &mut output)?;
                    }
                    code = i32::from(!succeeded);
                    if !shared.as_ref().is_some_and(|it| it.outbox.put(id, &output)) {
                        match reply(&output) {
                            Err(Error::Disconnected) => return Err(Error::Disconnected),
                            Err(error) => {
                                code = 1;
                                reply(&undelivered(id, count, &error)?)?
                            }
                            Ok(sent) => sent,
                        };
                    }
                    // Where the arguments end is not known from them: they may be unreadable.
                    position = position.max(start.saturating_add(length as usize));
                }
                Request::Exit => return Ok(code),
                Request::Hello { .. } | Request::Prepare { .. } => {
                    return Err(Error::Protocol("a preparation after the first task"));
                }
            }
        }
    }
}

/// The reply in place of one that could not be sent.
fn undelivered(id: u32, count: u32, error: &Error) -> Result<Message> {
    let mut output = Message::of_header(&Reply::Done { id })?;
    for _ in 0..count {
        let failure = Failure::Undelivered(error.to_string());
        output.push(&Returned::<()>(Err(failure)))?;
    }
    Ok(output)
}

/// How preparations ended.
enum Ready {
    Serving(Option<Shared>),
    /// The reply that says which preparation returned an error, and the error.
    Refused(Message),
}

/// Makes sure that this is the program that the parent takes it for, and runs the preparations.
fn make_ready(socket: &OwnedFd, registry: &Registry) -> Result<Ready> {
    let Request::Hello {
        fingerprint,
        parent,
        shared,
        settings,
        ignored,
        preparations,
    } = request(socket)?.read_header(&mut 0)?
    else {
        return Err(Error::Protocol("a request before the first"));
    };
    // A worker that lost its parent before it could watch it has been adopted. What its parent still
    // wanted is of no use any more.
    if getppid().map(Pid::as_raw_pid) != i32::try_from(parent).ok() {
        return Err(Error::Disconnected);
    }
    if fingerprint != registry.fingerprint {
        return Err(Error::Protocol(
            "init was given other tasks in the worker than in its parent",
        ));
    }
    let interrupts = settings.ignore_interrupts.then_some(Signal::INT.as_raw());
    signals::reset(&[&ignored[..], interrupts.as_slice()].concat());
    signals::inherit(ignored);
    limit_memory(settings.memory_limit)?;
    for preparation in 0..preparations {
        let input = request(socket)?;
        let mut position = 0;
        let Request::Prepare { task, can_fail } = input.read_header(&mut position)? else {
            return Err(Error::Protocol("a task before the last preparation"));
        };
        let mut output = Message::of_header(&Reply::Refused { preparation })?;
        let mut result = output.length().0;
        registry.run(task, &input, &mut position, &mut output)?;
        let unprepared = |failure: Failure| failure.into_error(registry.name(task), process::id());
        if !can_fail {
            let Returned::<()>(returned) = output.read(&mut result)?;
            returned.map_err(unprepared)?;
            continue;
        }
        // It returned, and not `Ok`. What follows is for the parent, who knows the type of the error.
        if let (true, 1..) = output.read_header::<(bool, u32)>(&mut { result })? {
            return Ok(Ready::Refused(output));
        }
        let Returned::<Result<(), ()>>(returned) = output.read(&mut result)?;
        let _ = returned.map_err(unprepared)?;
    }
    Ok(Ready::Serving(shared))
}

/// Has allocations fail beyond so many bytes of memory that is this process's alone.
fn limit_memory(bytes: Option<u64>) -> Result<()> {
    let Some(bytes) = bytes else {
        return Ok(());
    };
    let maximum = getrlimit(Resource::Data).maximum;
    let limit = Rlimit {
        current: Some(maximum.map_or(bytes, |maximum| maximum.min(bytes))),
        maximum,
    };
    setrlimit(Resource::Data, limit).map_err(Error::os("limit the memory of a worker"))
}

fn request(socket: &OwnedFd) -> Result<Message> {
    packet(socket)?.open()
}

fn packet(socket: &OwnedFd) -> Result<Packet> {
    match receive_packet(socket, Wait::Forever)? {
        Received::Message(packet) => Ok(packet),
        Received::Nothing | Received::End => Err(Error::Disconnected),
    }
}

/// Moves the socket away from standard input: a task that reads finds it empty, and what a task
/// starts does not inherit the socket.
fn take_socket() -> Result<OwnedFd> {
    let stdin = io::stdin();
    rustix::net::sockopt::socket_type(&stdin)
        .map_err(|_| Error::Protocol("a worker is started by another process of its program"))?;
    let socket =
        rustix::io::fcntl_dupfd_cloexec(&stdin, 3).map_err(Error::os("keep the socket"))?;
    let null = File::open("/dev/null").map_err(Error::io("open /dev/null"))?;
    rustix::stdio::dup2_stdin(null).map_err(Error::os("empty standard input"))?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Settings;
    use crate::socket::pair;

    #[test]
    fn a_worker_whose_parent_died_before_it_could_watch_it_does_nothing() {
        let registry = Registry::of(Vec::new());
        let (ours, theirs) = pair().unwrap();
        let ready = |parent, fingerprint| {
            let hello = Request::Hello {
                fingerprint,
                parent,
                shared: None,
                settings: Settings::default(),
                ignored: Vec::new(),
                preparations: 0,
            };
            send(&ours, &Message::of_header(&hello).unwrap(), Wait::Forever).unwrap();
            make_ready(&theirs, &registry)
        };
        // This process is not its own parent.
        let same = registry.fingerprint;
        assert!(matches!(
            ready(process::id(), same),
            Err(Error::Disconnected)
        ));
        let parent = std::os::unix::process::parent_id();
        assert!(ready(parent, same).is_ok());
        // Nor does one that knows other tasks than its parent.
        assert!(matches!(ready(parent, !same), Err(Error::Protocol(_))));
    }

    #[test]
    fn registries_of_other_tasks_or_in_another_order_have_other_fingerprints() {
        fn one() {}
        fn other() {}
        let of = |tasks| Registry::of(tasks).fingerprint;
        let both = of(crate::tasks![one, other].into());
        assert_eq!(both, of(crate::tasks![one, other].into()));
        assert_ne!(both, of(crate::tasks![other, one].into()));
        assert_ne!(both, of(crate::tasks![one].into()));
        assert_ne!(both, of(Vec::new()));
    }
}
