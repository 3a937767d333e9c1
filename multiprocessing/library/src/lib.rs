//! Processes, pools and what they share: Python's `multiprocessing` and `ProcessPoolExecutor`, with
//! the types and the errors of Rust.
//!
//! ```
//! use multiprocessing::{Pool, tasks};
//!
//! fn square(number: u64) -> u64 {
//!     number * number
//! }
//!
//! fn main() -> multiprocessing::Result<()> {
//!     multiprocessing::init(tasks![square]);
//!
//!     let pool = Pool::builder().workers(2).build()?;
//!     assert_eq!(pool.map(square, [1, 2, 3])?, [1, 4, 9]);
//!     Ok(())
//! }
//! ```
//!
//! A worker is the program itself, started again. It receives no code, but the number of a function
//! in the list that [`init`] gets in the first line of `main`. In a worker `init` runs the tasks
//! that arrive and does not return, so do nothing before `init` that a worker should not do.
//!
//! | | |
//! |---|---|
//! | [`Process`] | one process for one task |
//! | [`Pool`] | a number of processes for any number of tasks: `map`, `imap`, `apply`, [`Future`]s |
//! | [`Pool::imap_bounded`] | the same for items without an end |
//! | `future.await` | a [`Future`]'s result, in any runtime |
//! | [`Pipe`] | two ends, which send values to each other |
//! | [`Queue`] | many producers and many consumers |
//! | [`Handle`] | a file or socket, on its way to other processes |
//! | [`Value`], [`Array`] | numbers in shared memory, atomic, with a lock |
//! | [`Manager`] | a process that keeps dictionaries ([`Dict`]), for other machines too |
//! | [`prepare`] | what every process runs first |
//!
//! # What crosses
//!
//! Arguments and results are copied: serialised with serde, as postcard. Ends of pipes and queues,
//! values and arrays cross as file descriptors, so that both processes use the same pipe, queue or
//! memory. All other values have to own their data. A type that cannot cross does not compile:
//!
//! ```compile_fail,E0277
//! fn count(shared: std::rc::Rc<u64>) -> u64 {
//!     *shared
//! }
//!
//! multiprocessing::init(multiprocessing::tasks![count]);
//! ```
//!
//! A `Box`, which owns what it holds, does cross:
//!
//! ```
//! fn count(owned: Box<u64>) -> u64 {
//!     *owned
//! }
//!
//! multiprocessing::init(multiprocessing::tasks![count]);
//! ```
//!
//! A function that `init` does not list is refused before a process starts:
//!
//! ```
//! use multiprocessing::{Error, Pool, Process, tasks};
//!
//! fn unlisted() {}
//!
//! assert!(matches!(Pool::new(), Err(Error::NotInitialised)));
//! multiprocessing::init(tasks![]);
//! assert!(matches!(Process::spawn(unlisted, ()), Err(Error::Unregistered { .. })));
//! ```
//!
//! A value arrives unchanged, or its receiver gets an error. A digest of 4 or 8 bytes behind each
//! value says how it was written, and its receiver has to read it in the same way. So these do not
//! cross:
//!
//! - fields that are skipped at times (`skip_serializing_if`): [`Error::Serialise`], if one is
//!   skipped. Fields that are always skipped, in both halves (`skip`), are none of the value;
//! - types that are read otherwise than they are written: `skip_serializing` or
//!   `skip_deserializing` alone, a `serialize_with` or `into` without its counterpart, names of
//!   fields and variants that differ in the two halves, or an implementation by hand that mixes up
//!   types: [`Error::Deserialise`]. A variant is known by its name, so others may be skipped;
//! - types that ask what comes next, which is not written: `flatten`, `untagged`, `tag`,
//!   `serde_json::Value`;
//! - sequences and maps that do not know their length;
//! - values nested so deeply that they take 512 KiB of stack to write or read: some hundred levels
//!   without optimisation, some thousand with it.
//!
//! The digest misses one case: two elements of a tuple, of the same type, where the writing half
//! skips one of them and the reading half the other.
//!
//! A task that can fail returns a `Result`: its error is a value, and crosses as one.
//!
//! # When a process dies
//!
//! - A worker of a pool that dies in any way costs the task that it was running, or the chunk where
//!   tasks were given out in chunks. That one fails with [`Error::Died`], which has the process id
//!   and the exit code or signal. All others are done, in order, by the other workers and a new one.
//! - Tasks run at most once, unless [`Builder::retries`] allows more.
//! - A panic is an error of its task, [`Error::Panicked`], and costs no worker. Where panics abort,
//!   it is a death like others.
//! - An initializer that panics or returns an error is an error of [`Builder::build`]. Workers that die too often end
//!   the pool: [`Builder::restart_limit`].
//! - When this process dies, however it dies, the system kills its workers, and they theirs.
//! - A process that dies in a [`Queue`] or [`Pipe`] leaves it as it was. When the owner of a lock
//!   dies the kernel releases the lock, and the next owner [learns of it](Guard::dead_owner).
//! - To drop a [`Process`] or a [`Manager`] kills its process; a [`Pool`] lets idle workers exit.
//!
//! Nothing is left behind: no process, no descriptor, and no file, because there is none.
//!
//! # Limits
//!
//! - Linux 5.4 or newer, with `/proc` mounted.
//! - A message has at most [`MESSAGE_LIMIT`] bytes and [`DESCRIPTOR_LIMIT`] descriptors, a name
//!   [`NAME_LIMIT`] bytes, a pool [`WORKER_LIMIT`] workers. Beyond that there is an error.
//! - A worker takes two open files in this process, a pool five more. The library raises the soft
//!   limit of open files if that is too low. Tasks that wait for a worker take none.
//! - Messages of more than 32 KiB, and descriptors, wait while more of one user's are on their way
//!   than a process may have open files (`ulimit -n`), which binds every user but root.
//! - A `Vec<u8>` is written byte by byte; `serde_bytes` is faster.
//! - Ctrl-C reaches the workers, too, and they do not survive it unless
//!   [`Builder::ignore_interrupts`] says so.
//! - Workers share standard output and error with this process. A text that is written in several
//!   pieces, as `eprintln!` writes one with arguments, may be torn by another's where these are a
//!   pipe: format it first, and write it at once.
//!
//! # In tests
//!
//! A program of `#[test]`s has a `main` of its own, which knows no `init`.
//! [`init_before_main!`] calls it before that.
//!
//! # After a fork
//!
//! A process that was forked from this one without a new program, as with `libc::fork`, has copies of
//! pools and processes that are not its own. To use one is [`Error::Inherited`]; to drop one does nothing.
//!
//! # Where it differs from Python
//!
//! | | Python | here |
//! |---|---|---|
//! | function | any that can be pickled, found by name | listed in [`init`], checked by the compiler |
//! | start | fork, spawn or forkserver | always as spawn: the state of the parent does not cross |
//! | killed worker | `Pool` hangs, the executor fails every task | one task fails |
//! | parent killed | orphans | none |
//! | failing initializer | `Pool` starts workers for ever | an error of `build` |
//! | `Process` result | dropped | [`Process::result`] |
//! | unfinished at the end | joined | killed: join what is to finish |
//! | `Queue` | unbounded, through a thread and a lock | bounded, the kernel's only |
//! | end of a `Queue` | a sentinel | when the last producer is gone |
//! | two readers of a `Pipe` | data may be torn | each message goes to one, whole |
//! | `Value`, `Array` | raw memory and a lock | atomics, and a lock if several steps belong together |
//! | callbacks | two | one, which gets a `Result` |
//!
//! Names are Python's, and an [`ExitStatus`] equals Python's exit code.

#![warn(unreachable_pub)]

#[cfg(not(target_os = "linux"))]
compile_error!("multiprocessing needs Linux: packet sockets, memory files, pidfds and epoll");

mod array;
mod bounded;
mod child;
mod claims;
mod connection;
mod decode;
mod encode;
mod error;
mod exit;
mod future;
mod handle;
mod job;
mod limits;
mod manager;
mod memory;
mod outbox;
mod panic;
mod pipe;
mod pool;
mod process;
mod program;
mod protocol;
mod queue;
mod shape;
mod signals;
mod signature;
mod socket;
mod supervisor;
mod task;
mod value;
mod wire;
mod word;
mod worker;

pub use array::Array;
pub use bounded::Bounded;
pub use child::{Outcome, prepare};
pub use error::{Error, Result};
pub use exit::ExitStatus;
pub use future::{AsCompleted, Awaited, Future, ReturnWhen, as_completed, wait};
pub use handle::Handle;
pub use limits::{DESCRIPTOR_LIMIT, MESSAGE_LIMIT, NAME_LIMIT, WORKER_LIMIT};
pub use manager::{Dict, Manager};
pub use memory::{Guard, Integer, Scalar};
#[doc(hidden)]
pub use panic::{Panic, catch};
pub use pipe::Pipe;
pub use pool::{Builder, Pool, Results};
pub use process::Process;
pub use queue::{Consumer, Producer, Queue};
pub use task::{Registration, Task};
pub use value::Value;
pub use worker::{CurrentProcess, current_process, init};

/// The programs of README.md, which are tried as those above are.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
