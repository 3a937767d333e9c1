//! How a run ends: with all of its work, or with the part that was done when an interrupt ended it.

use std::io::{self, IsTerminal, Write as _};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::failure::{self, Partial};
use super::report::Report;
use super::workload::Workload;
use crate::receipt::Receipt;
use crate::trace::{check_printed, fitted, ignore_broken_pipe};
use crate::{progress, stop};

/// How long after an interrupt a program may take over the pages that are on their way: short enough that the
/// prompt is back at once after Ctrl-C, long enough that a page that is about to come still counts.
const GRACE: Duration = Duration::from_millis(300);

/// Lets an interrupt end a download gently. If that takes too long, prints what there is, and ends the program.
pub(super) fn end_gently(
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
            fitted(&format!("{program} {}: {summary}", workload.name()))
        });
        let end = said.and_then(|()| Ok(Partial::check(unfinished)?));
        process::exit(failure::code(program, end).into());
    })
}

/// What is known of a run of so many pages that has been broken off.
pub(super) fn so_far(pages: u64) -> Receipt {
    let mut receipt = progress::so_far();
    receipt.unfinished = pages.saturating_sub(receipt.outcomes.total());
    receipt
}

/// Whether both outputs are a terminal, where a bar says more than a line for each page.
pub(super) fn in_terminal() -> bool {
    io::stdout().is_terminal() && io::stderr().is_terminal()
}

/// Prints the line that a run ends with, once: a second caller waits until the first has ended the program.
///
/// # Errors
///
/// If it could not be written, or part of the story before it could not.
pub(super) fn say(line: &str) -> Result<()> {
    static SAID: AtomicBool = AtomicBool::new(false);
    while SAID.swap(true, Relaxed) {
        thread::park();
    }
    progress::hide();
    let said = ignore_broken_pipe(writeln!(io::stdout(), "{line}"));
    check_printed().and(said)
}
