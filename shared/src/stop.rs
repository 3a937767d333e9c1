//! The end of a run before its time: an interrupt, or a deadline.

use std::ffi::c_int;
use std::fs;
use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, LazyLock, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

/// Exit code after an interrupt, as shells count: 128 and the signal's number.
pub const INTERRUPTED: u8 = 130;

/// Exit code after a second SIGTERM.
pub const TERMINATED: u8 = 143;

/// Exit code after a deadline, as that of `timeout`.
pub const OVERDUE: u8 = 124;

static ASKED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// Whether an interrupt has asked this process to end.
pub fn asked() -> bool {
    ASKED.load(Relaxed)
}

/// Whether this process ignores `signal`: it was started by `nohup`, or in the background of a script, and the user wants it
/// to go on. To listen for such a signal would override that. `false` where the system does not show it.
pub fn ignores(signal: c_int) -> bool {
    has_in_mask("self", "SigIgn:", signal).unwrap_or(false)
}

/// Whether this process has something else to do at `signal` than to die. `true` where the system does not show it.
fn catches(process: Pid, signal: Signal) -> bool {
    let process = process.as_raw_nonzero().to_string();
    // In this order: until it is a program of its own, what it seems to catch is what its parent does.
    runs_a_program(&process).unwrap_or(true)
        && has_in_mask(&process, "SigCgt:", signal.as_raw()).unwrap_or(true)
}

/// Whether a process that was forked has come to run a program since; `None` where the system does not show it.
fn runs_a_program(process: &str) -> Option<bool> {
    /// The flag of one that has not (`PF_FORKNOEXEC` in Linux's sched.h).
    const FORKED: u64 = 0x40;
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // 42 (a name) S 1 42 42 0 -1 4194304 ...: after the name come state, parent, group, session, terminal, its group, flags.
    let (_, fields) = stat.rsplit_once(')')?;
    let flags: u64 = fields.split_whitespace().nth(6)?.parse().ok()?;
    Some(flags & FORKED == 0)
}

/// Whether a mask of signals that the system keeps of a process has this one; `None` where it does not show it.
fn has_in_mask(process: &str, mask: &str, signal: c_int) -> Option<bool> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let mask = status.lines().find_map(|line| line.strip_prefix(mask))?;
    let mask = u64::from_str_radix(mask.trim(), 16).ok()?;
    Some(mask & 1 << (signal - 1) != 0)
}

/// From now on an interrupt does not kill this process, but is there to be [`asked`] for. One that it ignores stays ignored.
///
/// # Errors
///
/// If the system does not let it.
pub fn listen() -> io::Result<()> {
    static ONCE: OnceLock<Result<(), io::ErrorKind>> = OnceLock::new();
    let listen = || {
        if !ignores(SIGINT) {
            flag::register(SIGINT, ASKED.clone()).map_err(|error| error.kind())?;
        }
        Ok(())
    };
    (*ONCE.get_or_init(listen)).map_err(io::Error::from)
}

/// Makes this process, and those that it has started, end gently at a first interrupt and at once at a second.
///
/// If it has not ended `grace` after the first, `give_up` is called in another thread. Interrupts that it ignores stay
/// ignored.
///
/// # Errors
///
/// If the system does not let it.
pub fn watch(grace: Duration, give_up: impl FnOnce() + Send + 'static) -> io::Result<()> {
    if ignores(SIGINT) {
        return Ok(());
    }
    // In this order: what is asked already when an interrupt comes was asked by the one before.
    flag::register_conditional_shutdown(SIGINT, INTERRUPTED.into(), ASKED.clone())?;
    listen()?;
    at_signal(&[SIGINT], || (), grace, give_up)
}

/// Makes this process, and those that it has started, end at a first SIGINT or SIGTERM by what `end` does, and at once at
/// a second.
///
/// If it has not ended `grace` after the first, `give_up` is called in another thread. Signals that it ignores stay ignored.
///
/// # Errors
///
/// If the system does not let it.
pub fn end_gently(
    end: impl FnOnce() + Send + 'static,
    grace: Duration,
    give_up: impl FnOnce() + Send + 'static,
) -> io::Result<()> {
    let mut signals = vec![(SIGINT, INTERRUPTED), (SIGTERM, TERMINATED)];
    signals.retain(|(signal, _)| !ignores(*signal));
    // In this order, as in `watch`.
    for (signal, code) in &signals {
        flag::register_conditional_shutdown(*signal, (*code).into(), ASKED.clone())?;
    }
    for (signal, _) in &signals {
        flag::register(*signal, ASKED.clone())?;
    }
    let signals: Vec<_> = signals.into_iter().map(|(signal, _)| signal).collect();
    at_signal(&signals, end, grace, give_up)
}

/// As [`end_gently`], in a process whose parent asks again and again: a second signal does no harm. Where SIGINT is ignored
/// the parent asks by SIGTERM.
///
/// # Errors
///
/// If the system does not let it.
pub fn end_with_parent(
    end: impl FnOnce() + Send + 'static,
    grace: Duration,
    give_up: impl FnOnce() + Send + 'static,
) -> io::Result<()> {
    let mut signals = vec![SIGINT, SIGTERM];
    signals.retain(|signal| !ignores(*signal));
    at_signal(&signals, end, grace, give_up)
}

/// At the first of these signals calls `begin` in another thread, has all children end by a signal, too, and calls
/// `give_up` if this process has not ended `grace` later.
fn at_signal(
    signals: &[i32],
    begin: impl FnOnce() + Send + 'static,
    grace: Duration,
    give_up: impl FnOnce() + Send + 'static,
) -> io::Result<()> {
    let (mut interrupts, wake_up) = UnixStream::pair()?;
    // What this process ignores its children ignore, too.
    let passed_on = if ignores(SIGINT) {
        Signal::TERM
    } else {
        Signal::INT
    };
    for signal in signals {
        low_level::pipe::register(*signal, wake_up.try_clone()?)?;
    }
    let watch = move || {
        if interrupts.read_exact(&mut [0]).is_err() {
            return;
        }
        begin();
        let end = Instant::now() + grace;
        while Instant::now() < end {
            // Again and again, since a process may have been started meanwhile. To be asked twice does it no harm.
            // One that does not listen yet would die of it, with what it is about to do.
            for child in children().into_iter().filter(|it| catches(*it, passed_on)) {
                let _ = kill_process(child, passed_on);
            }
            thread::sleep(Duration::from_millis(50));
        }
        give_up();
    };
    let thread = thread::Builder::new().name("interrupts".to_owned());
    thread.stack_size(64 * 1024).spawn(watch).map(drop)
}

/// The processes that this one has started, where the kernel lists them.
fn children() -> Vec<Pid> {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten();
    let lists = tasks.flatten().filter_map(|task| {
        let list = task.path().join("children");
        fs::read_to_string(list).ok()
    });
    let mut children = Vec::new();
    for list in lists {
        let pids = list.split_whitespace().filter_map(|pid| pid.parse().ok());
        children.extend(pids.filter_map(Pid::from_raw));
    }
    children
}

/// A moment on the clock that all processes of this machine share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline(Duration);

impl Deadline {
    /// So long from now.
    pub fn after(time: Duration) -> Self {
        Self(now() + time)
    }

    /// How long until then.
    pub fn left(self) -> Duration {
        self.0.saturating_sub(now())
    }
}

fn now() -> Duration {
    let now = clock_gettime(ClockId::Monotonic);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}
