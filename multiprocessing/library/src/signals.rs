//! How a worker meets signals: as a program does that was started from a shell.
//!
//! What is blocked or ignored stays so in a new program. A worker does not inherit its parent's
//! choices, or `terminate` would do nothing where the parent has blocked or ignored SIGTERM.

#![allow(unsafe_code)]

use std::mem::MaybeUninit;
use std::ptr::null_mut;

/// Blocks no signal, and gives each its default action. Only SIGPIPE is ignored, as in every
/// program of Rust, and SIGINT if it is to be.
pub(crate) fn reset(ignore_interrupts: bool) {
    for signal in 1..=libc::SIGRTMAX() {
        let action = match signal {
            // No program decides about these two.
            libc::SIGKILL | libc::SIGSTOP => continue,
            // The program's start has given it a handler that reports an overflow of the stack.
            libc::SIGSEGV | libc::SIGBUS => continue,
            libc::SIGPIPE => libc::SIG_IGN,
            libc::SIGINT if ignore_interrupts => libc::SIG_IGN,
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
