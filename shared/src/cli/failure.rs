//! How a run fails: in one line, with an exit code.

use std::fmt::{self, Display};
use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::Result;
use rustix::process::{Resource, getrlimit};

use super::number::count;
use crate::stop;
use crate::trace::ignore_broken_pipe;

/// Why a run ended before its time. What it did until then has been printed.
#[derive(Debug)]
pub struct Partial {
    /// Exit code.
    code: u8,
    cause: &'static str,
    undone: String,
}

impl Partial {
    /// An interrupt ended the run, and left this undone.
    pub fn interrupted(undone: impl Into<String>) -> Self {
        Self {
            code: stop::INTERRUPTED,
            cause: "interrupted",
            undone: undone.into(),
        }
    }

    /// # Errors
    ///
    /// If pages are left: this.
    pub(super) fn check(unfinished: u64) -> std::result::Result<(), Self> {
        let undone = format!("{} not fetched", count(unfinished, "page"));
        match unfinished {
            0 => Ok(()),
            _ if stop::asked() => Err(Self::interrupted(undone)),
            _ => Err(Self {
                code: stop::OVERDUE,
                cause: "the deadline has passed",
                undone,
            }),
        }
    }
}

impl Display for Partial {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {}", self.cause, self.undone)
    }
}

impl std::error::Error for Partial {}

/// Runs `program` and turns its errors into one line and an exit code: 2 for a wrong command line, 1 for a
/// failure, 124 or 130 for a run that a deadline or an interrupt has ended before its time.
pub fn report(name: &str, program: impl FnOnce() -> Result<()>) -> ExitCode {
    code(name, program().or_else(answer)).into()
}

/// Prints why a run has failed, if it has; returns its exit code.
pub(super) fn code(name: &str, end: Result<()>) -> u8 {
    let Err(error) = end else {
        return 0;
    };
    let (code, why) = if let Some(wrong) = error.downcast_ref::<clap::Error>() {
        (2, one_line(wrong))
    } else if let Some(partial) = error.downcast_ref::<Partial>() {
        (partial.code, partial.to_string())
    } else {
        let why = format!("{error:#}");
        (1, format!("{why}{}", advice(&why)))
    };
    // Where this cannot be said either, the exit code is all that can be.
    let _ = writeln!(io::stderr(), "{name}: {why}");
    code
}

/// Gives help or version, if those were asked for instead of a run.
fn answer(error: anyhow::Error) -> Result<()> {
    match error.downcast_ref::<clap::Error>() {
        Some(asked) if !asked.use_stderr() => ignore_broken_pipe(asked.print()),
        _ => Err(error),
    }
}

/// clap's message without usage and hints: what is wrong, and what is allowed.
pub(super) fn one_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let mut parts = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with("Usage:") || line.starts_with("For more information") {
            break;
        }
        let line = line
            .trim_start_matches("error: ")
            .trim_start_matches("tip: ");
        let allowed = line
            .strip_prefix("[possible values: ")
            .and_then(|rest| rest.strip_suffix(']'));
        let line = match allowed {
            Some(values) => format!("allowed are {values}"),
            None => line.to_owned(),
        };
        parts.extend(Some(line).filter(|line| !line.is_empty()));
    }
    // Lists of what is missing or allowed begin after a colon.
    parts.join("; ").replace(":;", ":")
}

/// What errors say, whichever library or process they come from, and what to do about it.
const REMEDIES: [(&[&str], &str); 6] = [
    (
        &["os error 11)", "Resource temporarily unavailable"],
        "the system grants no more threads, processes or memory: ask for fewer with --workers or --size, or raise the \
         limit; `ulimit -a` shows them all",
    ),
    (
        &["failed to lookup address"],
        "check the name, and that this machine is on a network where it is known",
    ),
    (
        &["Connection refused"],
        "no server listens there (any more): check the address, or start the server again",
    ),
    (
        &[
            "Connection reset",
            "closed before message",
            "end of file before message",
        ],
        "the server broke off: if it still runs, try again with more --tries, or go on without such pages with --keep-going",
    ),
    (
        &[" answered 4"],
        "check the address, or go on without such pages with --keep-going",
    ),
    (
        &[" answered 5"],
        "the server's own failure: try again later, or go on without such pages with --keep-going",
    ),
];

/// What to do about an error, where that is known and not said yet.
fn advice(error: &str) -> String {
    let says = |words: &[&str]| words.iter().any(|word| error.contains(word));
    if says(&["os error 24)", "Too many open files"]) {
        let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
        let more = limit.saturating_mul(2);
        return format!(
            ": {limit} open files are allowed here: ask for fewer with --workers or --size, or raise the limit with `ulimit -n {more}` as root"
        );
    }
    let known = REMEDIES.iter().find(|(words, _)| says(words));
    let remedy = known.filter(|(_, remedy)| !error.contains(remedy));
    remedy.map_or(String::new(), |(_, remedy)| format!(": {remedy}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_of_the_system_comes_with_one_remedy() {
        for (code, remedy) in [
            (11, "--workers"),
            (24, "`ulimit -n "),
            (111, "start the server"),
        ] {
            let error = format!("thread 7: {}", io::Error::from_raw_os_error(code));
            assert!(advice(&error).contains(remedy), "{error}{}", advice(&error));
        }
        let advised = format!("it said: URL answered 404{}", advice("URL answered 404"));
        assert!(advised.contains("check the address"), "{advised}");
        assert_eq!(advice(&advised), "");
        assert_eq!(advice("wrong answer"), "");
    }
}
