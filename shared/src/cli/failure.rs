//! How an error reaches people: in one line, with an exit code.

use std::process::ExitCode;

use rustix::process::{Resource, getrlimit};

use super::ending::Partial;

/// Runs `program` and turns its errors into one line and an exit code: 2 for a wrong command line, 1 for a
/// failure, 124 or 130 for a run that a deadline or an interrupt has ended before its time.
pub fn report(name: &str, program: impl FnOnce() -> anyhow::Result<()>) -> ExitCode {
    let Err(error) = program() else {
        return ExitCode::SUCCESS;
    };
    if let Some(wrong) = error.downcast_ref::<clap::Error>() {
        if !wrong.use_stderr() {
            // --help and --version. If nobody reads them, nobody misses them.
            let _ = wrong.print();
            return ExitCode::SUCCESS;
        }
        eprintln!("{name}: {}", one_line(wrong));
        return ExitCode::from(2);
    }
    if let Some(partial) = error.downcast_ref::<Partial>() {
        eprintln!("{name}: {partial}");
        return ExitCode::from(partial.code);
    }
    eprintln!("{name}: {error:#}{}", advice(&error));
    ExitCode::FAILURE
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
