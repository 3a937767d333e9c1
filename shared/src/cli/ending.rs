//! How a run ends: with all of its work, or with the part that was done when it was told to end.

use std::fmt::{self, Display};
use std::io::{self, IsTerminal, Write as _};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::arguments::Workload;
use super::task::count;
use super::{Report, failure};
use crate::receipt::Receipt;
use crate::trace::{heard, told};
use crate::{progress, stop};

/// How long after an interrupt a program may take over the pages that are on their way: whoever pressed Ctrl-C sees the
/// prompt again at once, and what is about to come still counts.
const GRACE: Duration = Duration::from_millis(300);

/// Why a run ended before its time. What it did until then has been printed.
#[derive(Debug)]
pub struct Partial {
    /// Exit code.
    pub(super) code: u8,
    why: &'static str,
    what: String,
}

impl Partial {
    /// An interrupt's doing, and what comes of it.
    pub fn interrupted(what: impl Into<String>) -> Self {
        Self {
            code: stop::INTERRUPTED,
            why: "interrupted",
            what: what.into(),
        }
    }

    /// # Errors
    ///
    /// If pages are left: this.
    pub(super) fn check(unfinished: u64) -> std::result::Result<(), Self> {
        let what = format!("{} not fetched", count(unfinished, "page"));
        match unfinished {
            0 => Ok(()),
            _ if stop::asked() => Err(Self::interrupted(what)),
            _ => Err(Self {
                code: stop::OVERDUE,
                why: "the deadline has passed",
                what,
            }),
        }
    }
}

impl Display for Partial {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {}", self.why, self.what)
    }
}

impl std::error::Error for Partial {}

/// Lets an interrupt end a download gently. If that takes too long, prints what there is, and ends the program.
pub fn end_gently(
    program: &'static str,
    workload: Workload,
    json: bool,
    pages: u64,
) -> io::Result<()> {
    let start = Instant::now();
    stop::watch(GRACE, move || {
        let receipt = so_far(pages);
        let unfinished = receipt.unfinished;
        let report = Report {
            program: program.to_owned(),
            workload: workload.name().to_owned(),
            receipt,
            seconds: start.elapsed().as_secs_f64(),
        };
        let said = say(&if json {
            serde_json::to_string(&report).expect("a receipt makes JSON")
        } else {
            let summary = workload.summary(&report.receipt, report.seconds);
            format!("{program} {}: {summary}", workload.name())
        });
        let end = said.and_then(|()| Ok(Partial::check(unfinished)?));
        process::exit(failure::code(program, end).into());
    })
}

/// What is known of a run of so many pages that has been broken off.
pub fn so_far(pages: u64) -> Receipt {
    let mut receipt = progress::so_far();
    receipt.unfinished = pages.saturating_sub(receipt.outcomes.total());
    receipt
}

/// Whether somebody looks on: a bar says more to them than a line for each page.
pub fn has_spectator() -> bool {
    io::stdout().is_terminal() && io::stderr().is_terminal()
}

/// Prints the line that a run ends with, once: whoever comes second waits until the first has ended the program.
///
/// # Errors
///
/// If it could not be written, or part of the story before it could not.
pub fn say(line: &str) -> Result<()> {
    static SAID: AtomicBool = AtomicBool::new(false);
    while SAID.swap(true, Relaxed) {
        thread::park();
    }
    progress::hide();
    let said = heard(writeln!(io::stdout(), "{line}"));
    told().and(said)
}
