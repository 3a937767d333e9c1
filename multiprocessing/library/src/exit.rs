//! How a process ended.

use std::fmt::{self, Display, Formatter};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process;

use serde::{Deserialize, Serialize};

/// How a process ended.
///
/// It equals Python's `exitcode`: the code, or minus the number of the signal.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum ExitStatus {
    /// It exited with this code. 0: its task returned. 1: its task panicked.
    Code(i32),
    /// The signal of this number killed it.
    Signal(i32),
    /// The system did not say, because this program ignores SIGCHLD, or waited for the process itself.
    Unknown,
}

impl ExitStatus {
    /// Whether it exited with code 0.
    pub fn success(self) -> bool {
        self == ExitStatus::Code(0)
    }

    /// # Errors
    ///
    /// What the system answered to the wait, unless it is that there is no such child.
    pub(crate) fn of(status: io::Result<process::ExitStatus>) -> io::Result<ExitStatus> {
        match status {
            Ok(status) => Ok(match (status.code(), status.signal()) {
                (Some(code), _) => ExitStatus::Code(code),
                (None, Some(signal)) => ExitStatus::Signal(signal),
                (None, None) => ExitStatus::Unknown,
            }),
            Err(error) if error.raw_os_error() == Some(libc::ECHILD) => Ok(ExitStatus::Unknown),
            Err(error) => Err(error),
        }
    }
}

/// As Python has it: the code, or minus the number of the signal; [`i32::MIN`] if it is not known.
impl From<ExitStatus> for i32 {
    fn from(status: ExitStatus) -> i32 {
        match status {
            ExitStatus::Code(code) => code,
            ExitStatus::Signal(signal) => -signal,
            ExitStatus::Unknown => i32::MIN,
        }
    }
}

/// Of Python's `exitcode`; [`i32::MIN`] is not known.
impl From<i32> for ExitStatus {
    fn from(exitcode: i32) -> ExitStatus {
        match exitcode {
            i32::MIN => ExitStatus::Unknown,
            0.. => ExitStatus::Code(exitcode),
            _ => ExitStatus::Signal(-exitcode),
        }
    }
}

impl PartialEq<i32> for ExitStatus {
    fn eq(&self, exitcode: &i32) -> bool {
        match *self {
            ExitStatus::Code(code) => code == *exitcode,
            ExitStatus::Signal(signal) => -signal == *exitcode,
            ExitStatus::Unknown => false,
        }
    }
}

impl Display for ExitStatus {
    fn fmt(&self, formatter: &mut Formatter) -> fmt::Result {
        let (signal, name) = match *self {
            ExitStatus::Code(code) => return write!(formatter, "it exited with code {code}"),
            ExitStatus::Unknown => {
                return formatter.write_str("how it ended is not known where SIGCHLD is ignored");
            }
            ExitStatus::Signal(signal) => (signal, name(signal)),
        };
        write!(formatter, "it was killed by signal {signal}{name}")
    }
}

fn name(signal: i32) -> &'static str {
    match signal {
        libc::SIGINT => " (SIGINT)",
        libc::SIGILL => " (SIGILL)",
        libc::SIGABRT => " (SIGABRT)",
        libc::SIGBUS => " (SIGBUS)",
        libc::SIGFPE => " (SIGFPE)",
        libc::SIGKILL => " (SIGKILL)",
        libc::SIGSEGV => " (SIGSEGV)",
        libc::SIGPIPE => " (SIGPIPE)",
        libc::SIGTERM => " (SIGTERM)",
        libc::SIGXCPU => " (SIGXCPU)",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_equals_the_exit_code_of_python() {
        assert_eq!(ExitStatus::Code(3), 3);
        assert_eq!(ExitStatus::Signal(9), -9);
        assert_ne!(ExitStatus::Signal(9), 9);
        assert_ne!(ExitStatus::Unknown, i32::MIN);
        assert!(ExitStatus::Code(0).success() && !ExitStatus::Code(1).success());
    }

    #[test]
    fn a_status_becomes_the_exit_code_of_python_and_back() {
        for (status, exitcode) in [
            (ExitStatus::Code(3), 3),
            (ExitStatus::Signal(9), -9),
            (ExitStatus::Unknown, i32::MIN),
        ] {
            assert_eq!(i32::from(status), exitcode);
            assert_eq!(ExitStatus::from(exitcode), status);
        }
    }

    #[test]
    fn a_status_names_its_signal() {
        assert_eq!(
            ExitStatus::Signal(9).to_string(),
            "it was killed by signal 9 (SIGKILL)"
        );
        assert_eq!(
            ExitStatus::Signal(40).to_string(),
            "it was killed by signal 40"
        );
    }
}
