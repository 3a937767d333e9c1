//! How an error reaches people: in one line, with an exit code.

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::Result;
use rustix::process::{Resource, getrlimit};

use super::ending::Partial;
use crate::trace::heard;

/// Runs `program` and turns its errors into one line and an exit code: 2 for a wrong command line, 1 for a
/// failure, 124 or 130 for a run that a deadline or an interrupt has ended before its time.
pub fn report(name: &str, program: impl FnOnce() -> Result<()>) -> ExitCode {
    code(name, program().or_else(answer)).into()
}

/// Prints why a run has failed, if it has; returns its exit code.
pub fn code(name: &str, end: Result<()>) -> u8 {
    let Err(error) = end else {
        return 0;
    };
    let (code, why) = if let Some(wrong) = error.downcast_ref::<clap::Error>() {
        (2, one_line(wrong))
    } else if let Some(partial) = error.downcast_ref::<Partial>() {
        (partial.code, partial.to_string())
    } else {
        (1, format!("{error:#}{}", advice(&error)))
    };
    // Where this cannot be said either, the exit code is all that can be.
    let _ = writeln!(io::stderr(), "{name}: {why}");
    code
}

/// Gives help or version, if those were asked for instead of a run.
fn answer(error: anyhow::Error) -> Result<()> {
    match error.downcast_ref::<clap::Error>() {
        Some(asked) if !asked.use_stderr() => heard(asked.print()),
        _ => Err(error),
    }
}

/// clap's message without usage and hints: what is wrong, and what is allowed.
pub fn one_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let mut parts = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with("Usage:") || line.starts_with("For more information") {
            break;
        }
        let line = line
            .trim_start_matches("error: ")
            .trim_start_matches("tip: ");
        parts.extend(Some(line).filter(|line| !line.is_empty()));
    }
    // Lists of what is missing or allowed begin after a colon.
    parts.join("; ").replace(":;", ":")
}

/// What to do about an error, where that is known.
fn advice(error: &anyhow::Error) -> String {
    let causes = || error.chain().map(ToString::to_string);
    if causes().any(|cause| cause.contains("os error 24") || cause.contains("Too many open files"))
    {
        let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
        return format!(
            ": {limit} open files are allowed here: lower --workers, or raise the limit with `ulimit -Hn`"
        );
    }
    String::new()
}
