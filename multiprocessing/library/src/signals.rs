//! How a worker meets signals: as a program does that was started from the same shell as its parent.
//!
//! What is blocked or ignored stays so in a new program. A worker does not inherit its parent's
//! choices, or `terminate` would do nothing where the parent has blocked or ignored SIGTERM. It does inherit the choice of
//! the one who started the program: under `nohup`, or in the background of a script, signals of the terminal end no worker either.

#![allow(unsafe_code)]

use std::mem::MaybeUninit;
use std::ptr::{null, null_mut};
use std::sync::OnceLock;

/// What a terminal sends to all programs that it runs.
pub(crate) const OF_THE_TERMINAL: [i32; 3] = [libc::SIGHUP, libc::SIGINT, libc::SIGQUIT];

/// Those of them that the program was started to ignore.
static IGNORED: OnceLock<Vec<i32>> = OnceLock::new();

/// The signals of the terminal that this program, or the one whose worker it is, was started to ignore.
pub(crate) fn ignored() -> &'static [i32] {
    IGNORED.get_or_init(|| {
        let ignored = OF_THE_TERMINAL.into_iter().filter(|signal| {
            let mut action = MaybeUninit::<libc::sigaction>::zeroed();
            // SAFETY: without a new action the call fills in the present one, and zeroes are one, too.
            unsafe {
                libc::sigaction(*signal, null(), action.as_mut_ptr());
                action.assume_init().sa_sigaction == libc::SIG_IGN
            }
        });
        ignored.collect()
    })
}

/// Makes these the signals of [`ignored`], in a worker: for the processes that it starts itself.
pub(crate) fn inherit(ignored: Vec<i32>) {
    let _ = IGNORED.set(ignored);
}

/// Blocks no signal, and gives each its default action. Ignored are these, and SIGPIPE, as in every program of Rust.
pub(crate) fn reset(ignored: &[i32]) {
    for signal in 1..=libc::SIGRTMAX() {
        let action = match signal {
            // No program decides about these two.
            libc::SIGKILL | libc::SIGSTOP => continue,
            // The program's start has given it a handler that reports an overflow of the stack.
            libc::SIGSEGV | libc::SIGBUS => continue,
            libc::SIGPIPE => libc::SIG_IGN,
            signal if ignored.contains(&signal) => libc::SIG_IGN,
            _ => libc::SIG_DFL,
        };
        // SAFETY: neither action is a function that could be called. The few signals between that
        // the C library keeps to itself are refused.
        unsafe { libc::signal(signal, action) };
    }
    let mut none = MaybeUninit::uninit();
    // SAFETY: the first call fills the set, the second reads it.
    unsafe {
        libc::sigemptyset(none.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, none.as_ptr(), null_mut());
    }
}

/// Blocks SIGINT in this thread until it is dropped. A worker that is started meanwhile has it blocked until it calls
/// [`reset`]: one that was sent by then is ignored.
pub(crate) struct Uninterrupted {
    before: libc::sigset_t,
}

impl Uninterrupted {
    pub(crate) fn new() -> Uninterrupted {
        let mut interrupts = MaybeUninit::uninit();
        let mut before = MaybeUninit::uninit();
        // SAFETY: the first call fills the set, the third reads it and fills the other one.
        unsafe {
            libc::sigemptyset(interrupts.as_mut_ptr());
            libc::sigaddset(interrupts.as_mut_ptr(), libc::SIGINT);
            libc::pthread_sigmask(libc::SIG_BLOCK, interrupts.as_ptr(), before.as_mut_ptr());
            Uninterrupted {
                before: before.assume_init(),
            }
        }
    }
}

impl Drop for Uninterrupted {
    fn drop(&mut self) {
        // SAFETY: it reads the set.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.before, null_mut()) };
    }
}
