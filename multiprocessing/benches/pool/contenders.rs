//! Whom the library is compared with.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Lines, Write, stdin};
use std::os::fd::OwnedFd;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio, exit};
use std::time::Duration;

use rustix::io::{read, write};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

use crate::square;
use crate::table::timed;

/// The first argument of a process that sends back whatever it receives.
const ECHO: &str = "--echo";

/// About as many bytes as a request to square a number has.
const BYTES: usize = 10;

/// Echoes, if that is what this process was started for.
pub fn init() {
    if std::env::args().nth(1).as_deref() == Some(ECHO) {
        let mut bytes = [0; BYTES];
        while read(stdin(), &mut bytes).is_ok_and(|count| count > 0) {
            write(stdin(), &bytes).unwrap();
        }
        exit(0);
    }
}

/// Another process that sends back what it receives: the least that a call can cost.
pub struct Echo {
    socket: OwnedFd,
    process: Child,
}

impl Echo {
    pub fn start() -> Echo {
        let (socket, theirs) = socketpair(
            AddressFamily::UNIX,
            SocketType::SEQPACKET,
            SocketFlags::CLOEXEC,
            None,
        )
        .unwrap();
        let mut command = Command::new("/proc/self/exe");
        let process = command
            .arg(ECHO)
            .stdin(Stdio::from(theirs))
            .spawn()
            .unwrap();
        Echo { socket, process }
    }

    pub fn round_trips(&self, count: u64) -> Duration {
        timed(|| {
            let mut bytes = [1; BYTES];
            for _ in 0..count {
                write(&self.socket, &bytes).unwrap();
                assert_eq!(read(&self.socket, &mut bytes), Ok(BYTES));
            }
        })
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.process
            .kill()
            .and_then(|()| self.process.wait())
            .unwrap();
    }
}

/// Squares numbers with procspawn, in tasks of `chunksize`.
pub fn procspawn_map(pool: &procspawn::Pool, count: u64, chunksize: u64) -> Duration {
    let numbers: Vec<u64> = (0..count).collect();
    let chunks: Vec<_> = numbers
        .chunks(chunksize as usize)
        .map(<[u64]>::to_vec)
        .collect();
    timed(|| {
        // A task holds descriptors until it is joined: more than some hundreds are too many.
        for chunks in chunks.chunks(100) {
            let mut handles = Vec::new();
            for chunk in chunks {
                handles.push(procspawn::spawn!(in pool, (chunk.clone() => chunk) || {
                    chunk.into_iter().map(square).collect::<Vec<u64>>()
                }));
            }
            for handle in handles {
                handle.join().unwrap();
            }
        }
    })
}

/// Python, with pools of its own.
pub struct Python {
    process: RefCell<(ChildStdin, Lines<BufReader<ChildStdout>>)>,
    child: RefCell<Child>,
}

impl Python {
    /// `None`, and a word, if there is none.
    pub fn start() -> Option<Python> {
        let mut command = Command::new("python3");
        let command = command.args(["-c", include_str!("contenders.py")]);
        match command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn() {
            Ok(mut child) => {
                let (input, output) = (child.stdin.take()?, child.stdout.take()?);
                let process = RefCell::new((input, BufReader::new(output).lines()));
                Some(Python {
                    process,
                    child: RefCell::new(child),
                })
            }
            Err(error) => {
                println!("python3 is missing, and left out: {error}");
                None
            }
        }
    }

    /// Has Python do something so many times.
    pub fn run(python: Option<&Python>, what: &str) -> impl FnMut(u64) -> Option<Duration> {
        move |count| {
            let (input, output) = &mut *python?.process.borrow_mut();
            writeln!(input, "{what} {count}").unwrap();
            let seconds = output.next()?.unwrap().parse().unwrap();
            Some(Duration::from_secs_f64(seconds))
        }
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let mut child = self.child.borrow_mut();
        child.kill().and_then(|()| child.wait()).unwrap();
    }
}
