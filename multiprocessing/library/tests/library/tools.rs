//! What several tests use.

use std::fs;
use std::os::fd::OwnedFd;
use std::panic::resume_unwind;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use multiprocessing::{Pipe, Result, current_process};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How long any test may take, on any machine.
pub const LIMIT: Duration = Duration::from_secs(60);

/// A test that fails when it hangs.
pub fn trial(name: &str, test: impl FnOnce() -> Result<()> + Send + 'static) -> Trial {
    let run = move || {
        let (sender, over) = mpsc::channel();
        let thread = thread::spawn(move || {
            let result = test();
            // Only of a test that took too long the receiver is gone.
            let _ = sender.send(());
            result
        });
        match over.recv_timeout(LIMIT) {
            Err(mpsc::RecvTimeoutError::Timeout) => Err(format!("hangs for {LIMIT:?}").into()),
            Ok(()) | Err(mpsc::RecvTimeoutError::Disconnected) => {
                let result = thread.join().unwrap_or_else(|panic| resume_unwind(panic));
                result.map_err(|error| error.to_string().into())
            }
        }
    };
    Trial::test(name, run)
}

/// Functions as tests, which are named as they are.
#[macro_export]
macro_rules! trials {
    ($($test:ident),* $(,)?) => {
        pub fn trials() -> Vec<libtest_mimic::Trial> {
            vec![$($crate::tools::trial(stringify!($test), $test)),*]
        }
    };
}

/// Waits until something is so.
pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < LIMIT, "never: {what}");
        thread::yield_now();
    }
}

/// Another process, to be watched until it ends.
pub struct Watch(OwnedFd);

impl Watch {
    pub fn new(pid: u32) -> Watch {
        let pid = Pid::from_raw(pid as i32).expect("a process id");
        Watch(pidfd_open(pid, PidfdFlags::empty()).expect("the process is there"))
    }

    pub fn wait_for_its_end(&self) {
        let limit = Timespec {
            tv_sec: LIMIT.as_secs() as i64,
            tv_nsec: 0,
        };
        let ended = poll(&mut [PollFd::new(&self.0, PollFlags::IN)], Some(&limit));
        assert_eq!(ended, Ok(1), "the process lives on");
    }
}

/// Stops a process. That is not done when the signal has been sent: each of its threads stops when it is the next to heed one.
pub fn stop(pid: u32) {
    let process = Pid::from_raw(pid as i32).unwrap();
    kill_process(process, Signal::STOP).unwrap();
    let is_stopped = |stat: String| stat.rsplit(')').next().unwrap().starts_with(" T");
    eventually("all its threads stop", || {
        let threads = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
        let mut stats = threads.map(|it| fs::read_to_string(it.unwrap().path().join("stat")));
        stats.all(|stat| stat.is_ok_and(is_stopped))
    });
}

pub fn square(number: u64) -> u64 {
    number * number
}

pub fn add(a: u64, b: u64) -> u64 {
    a + b
}

pub fn echo(bytes: Bytes) -> Bytes {
    bytes
}

/// Bytes that are serialised all at once, which a `Vec<u8>` is not.
#[derive(Clone, Debug, PartialEq)]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        struct Visitor;

        impl serde::de::Visitor<'_> for Visitor {
            type Value = Bytes;

            fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
                formatter.write_str("bytes")
            }

            fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }
        }

        deserializer.deserialize_bytes(Visitor)
    }
}

/// Panics if it is asked to.
pub fn check(good: bool) -> Result<u32, String> {
    assert!(good, "this is not good");
    Err("an error is a value".to_owned())
}

pub fn pid() -> u32 {
    current_process().pid()
}

pub fn never_return() {
    loop {
        thread::park();
    }
}

/// Returns when the other end of the pipe is closed.
pub fn wait_for(release: Pipe<()>) -> u32 {
    while release.recv().is_ok() {}
    pid()
}

/// Has SIGINT end this program, and its workers, though a script has started it in the background, where it is ignored.
pub fn heed_interrupts() {
    // SAFETY: the default action is no function that could be called.
    #[expect(unsafe_code)]
    unsafe {
        libc::signal(libc::SIGINT, libc::SIG_DFL)
    };
}
