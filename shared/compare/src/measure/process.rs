//! A child process: its start, its end, and the account that the system gives of it and of all it has started.

use std::io;
use std::mem::MaybeUninit;
use std::ops::AddAssign;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use rustix::process::{
    Pid, PidfdFlags, Signal, getpid, kill_process_group, pidfd_open, set_child_subreaper,
};

use crate::measure::interrupt::wait_for;

/// How long what a program leaves behind may take to end by itself. Python's forkserver does, a moment after its program,
/// and with it comes the account of every process that it has started.
pub(super) const LINGER: Duration = Duration::from_millis(500);

/// What a child and all its descendants took.
#[derive(Default)]
pub(super) struct Account {
    pub user: f64,
    pub system: f64,
    pub voluntary: u64,
    pub involuntary: u64,
}

impl AddAssign for Account {
    fn add_assign(&mut self, other: Self) {
        self.user += other.user;
        self.system += other.system;
        self.voluntary += other.voluntary;
        self.involuntary += other.involuntary;
    }
}

/// What woke us up.
pub(super) enum Woken {
    Ended,
    Interrupted,
}

/// A child, with the process group that it leads. Dropped before it was reaped, it is killed.
pub(super) struct Child {
    pub pid: Pid,
    /// Becomes readable when the child ends.
    end: OwnedFd,
    reaped: bool,
}

impl Child {
    pub fn start(command: &mut Command) -> io::Result<Self> {
        // What the child leaves behind becomes ours to wait for, and not init's.
        set_child_subreaper(Some(getpid()))?;
        let child = command.spawn()?;
        let pid = Pid::from_child(&child);
        let end = pidfd_open(pid, PidfdFlags::empty()).inspect_err(|_| {
            // Without a handle to wait by, it must not run on unwatched.
            let _ = kill_process_group(pid, Signal::KILL);
        })?;
        Ok(Self {
            pid,
            end,
            reaped: false,
        })
    }

    /// Waits for the child's end or an interrupt, but only so long.
    pub fn ended(&self, wait: Duration, interrupt: impl AsFd) -> io::Result<Option<Woken>> {
        let mut events = [
            PollFd::new(&self.end, PollFlags::IN),
            PollFd::new(&interrupt, PollFlags::IN),
        ];
        wait_for(&mut events, wait)?;
        let [ended, interrupted] = events.map(|event| event.revents().contains(PollFlags::IN));
        Ok(match (ended, interrupted) {
            (_, true) => Some(Woken::Interrupted),
            (true, false) => Some(Woken::Ended),
            (false, false) => None,
        })
    }

    /// Takes the account of a child that has ended and of all it left behind. What has not ended in time is ended.
    pub fn reap(&mut self, patience: Duration) -> io::Result<(ExitStatus, Account)> {
        self.reaped = true;
        let deadline = Instant::now() + patience;
        let (mut status, mut total) = (None, Account::default());
        loop {
            // The group's number belongs to no other while one of the group lives or waits to be reaped.
            match wait4(self.pid)? {
                Waited::Ended(pid, end, account) => {
                    total += account;
                    if pid == self.pid.as_raw_pid() {
                        status = Some(end);
                    }
                }
                Waited::NotYet => {
                    if Instant::now() > deadline {
                        let _ = kill_process_group(self.pid, Signal::KILL);
                    }
                    thread::sleep(Duration::from_millis(1));
                }
                Waited::NoChild => {
                    let status = status.ok_or(Errno::CHILD)?;
                    return Ok((status, total));
                }
            }
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if !self.reaped {
            let _ = kill_process_group(self.pid, Signal::KILL);
            let _ = self.reap(Duration::ZERO);
        }
    }
}

/// What has become of a process group.
enum Waited {
    /// One of it has ended: this one, so, having taken so much.
    Ended(libc::pid_t, ExitStatus, Account),
    /// None has, so far.
    NotYet,
    /// None is left that we could wait for.
    NoChild,
}

/// Takes the account of one of a group that has ended, if one has.
fn wait4(group: Pid) -> io::Result<Waited> {
    let mut status = 0;
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: both pointers are to live variables of the right types, to which the call writes once. A zeroed `rusage`
    // is a valid one, so it may be read whatever the call does.
    #[allow(unsafe_code)]
    let (pid, usage) = unsafe {
        let group = -group.as_raw_pid();
        let pid = libc::wait4(group, &mut status, libc::WNOHANG, usage.as_mut_ptr());
        (pid, usage.assume_init())
    };
    match pid {
        0 => return Ok(Waited::NotYet),
        1.. => {}
        _ => {
            let error = io::Error::last_os_error();
            return match error.raw_os_error() {
                Some(libc::ECHILD) => Ok(Waited::NoChild),
                _ => Err(error),
            };
        }
    }
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    let account = Account {
        user: seconds(usage.ru_utime),
        system: seconds(usage.ru_stime),
        voluntary: usage.ru_nvcsw as u64,
        involuntary: usage.ru_nivcsw as u64,
    };
    Ok(Waited::Ended(pid, ExitStatus::from_raw(status), account))
}
