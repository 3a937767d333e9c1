//! How far a download is: for the bar in a terminal, and for a run that is ended before its time.

use std::io;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use tracing::warn;

use crate::receipt::Receipt;

static SO_FAR: Mutex<Option<SoFar>> = Mutex::new(None);
static BAR: OnceLock<ProgressBar> = OnceLock::new();

/// How long no page may come before that is worth a word. The next follows after twice as long.
const QUIET: Duration = Duration::from_secs(2);

struct SoFar {
    receipt: Receipt,
    /// When the last page came, or was given up.
    last: Instant,
}

impl Default for SoFar {
    fn default() -> Self {
        Self {
            receipt: Receipt::default(),
            last: Instant::now(),
        }
    }
}

/// Shows a bar that ends at `pages`.
pub fn show(pages: u64) {
    let style = ProgressStyle::with_template("{bar:30} {pos} of {len} pages in {elapsed}  {msg}");
    let style = style.expect("a template that a test has seen");
    BAR.get_or_init(|| ProgressBar::new(pages).with_style(style));
}

/// Shows this sentence, in place of the one before.
pub fn say(sentence: String) {
    let style = || ProgressStyle::with_template("{msg}").expect("a template without a mistake");
    let bar = BAR.get_or_init(|| ProgressBar::no_length().with_style(style()));
    bar.set_message(sentence);
    bar.tick();
}

/// Hands `page` on, counted.
pub fn counted(page: Receipt) -> Receipt {
    let mut so_far = lock();
    let SoFar { receipt, last } = so_far.get_or_insert_default();
    *receipt += page.clone();
    *last = Instant::now();
    if let Some(bar) = BAR.get() {
        let outcomes = receipt.outcomes;
        bar.set_position(outcomes.total());
        bar.set_message(match outcomes.troubles().total() {
            0 => String::new(),
            _ => outcomes.to_string(),
        });
    }
    drop(so_far);
    page
}

/// Says in the bar or in the story when no page has come for a while: `limits` is why that may be so.
///
/// # Errors
///
/// If the thread that follows the download does not start.
pub fn watch(limits: String) -> io::Result<()> {
    lock().get_or_insert_default();
    let watch = move || {
        let mut patience = QUIET;
        loop {
            thread::sleep(QUIET / 4);
            let quiet = quiet();
            if quiet < QUIET {
                patience = QUIET;
                continue;
            }
            let message = format!("no page has come for {} s: {limits}", quiet.as_secs());
            if let Some(bar) = BAR.get() {
                bar.set_message(message);
                bar.tick();
            } else if quiet >= patience {
                warn!("{message}");
                patience = quiet * 2;
            }
        }
    };
    let thread = thread::Builder::new().name(NAME.to_owned());
    thread.stack_size(64 * 1024).spawn(watch).map(drop)
}

/// The name of the thread that follows a download.
pub const NAME: &str = "progress";

/// How long no page has come.
fn quiet() -> Duration {
    lock().get_or_insert_default().last.elapsed()
}

/// What has been counted until now.
pub fn so_far() -> Receipt {
    let so_far = lock();
    let receipt = so_far.as_ref().map(|so_far| so_far.receipt.clone());
    receipt.unwrap_or_default()
}

/// Takes the bar away.
pub fn hide() {
    if let Some(bar) = BAR.get() {
        bar.finish_and_clear();
    }
}

fn lock() -> MutexGuard<'static, Option<SoFar>> {
    SO_FAR.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Outcome;

    #[test]
    fn a_counted_page_is_handed_on_and_remembered() {
        show(2);
        let page = counted(Receipt::lost(Outcome::Refused));
        assert_eq!(page, Receipt::lost(Outcome::Refused));
        counted(Receipt::unfinished());
        // Other tests of this process count pages, too; they refuse none.
        assert_eq!(so_far().outcomes.count(Outcome::Refused), 1);
        assert!(quiet() < Duration::from_secs(60));
        hide();
    }
}
