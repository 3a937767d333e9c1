//! How far a download is: for the bar in a terminal, and for whoever has to end a run before its time.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};

use crate::receipt::Receipt;

static SO_FAR: Mutex<Option<Receipt>> = Mutex::new(None);
static BAR: OnceLock<ProgressBar> = OnceLock::new();

/// Shows a bar that ends at `pages`.
pub fn show(pages: u64) {
    let style = ProgressStyle::with_template("{bar:30} {pos} of {len} pages in {elapsed}  {msg}");
    let style = style.expect("a template that a test has seen");
    BAR.get_or_init(|| ProgressBar::new(pages).with_style(style));
}

/// Hands `page` on, counted.
pub fn counted(page: Receipt) -> Receipt {
    let mut so_far = lock();
    let total = so_far.get_or_insert_default();
    *total += page.clone();
    if let Some(bar) = BAR.get() {
        let outcomes = total.outcomes;
        bar.set_position(outcomes.total());
        if outcomes.troubles().total() > 0 {
            bar.set_message(outcomes.to_string());
        }
    }
    drop(so_far);
    page
}

/// What has been counted until now.
pub fn so_far() -> Receipt {
    lock().clone().unwrap_or_default()
}

/// Takes the bar away.
pub fn hide() {
    if let Some(bar) = BAR.get() {
        bar.finish_and_clear();
    }
}

fn lock() -> MutexGuard<'static, Option<Receipt>> {
    SO_FAR.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::download::Outcome;

    #[test]
    fn what_is_counted_is_handed_on_and_remembered() {
        show(2);
        let page = counted(Receipt::lost(Outcome::Timeout));
        assert_eq!(page, Receipt::lost(Outcome::Timeout));
        counted(Receipt::unfinished());
        assert_eq!(so_far().outcomes.to_string(), "1 timeout");
        hide();
    }
}
