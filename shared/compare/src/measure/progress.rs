//! What is running, and how much time is left: a bar on a terminal, a line for each stage elsewhere.

use std::cell::RefCell;

use indicatif::{ProgressBar, ProgressStyle};

/// The bar, or the last stage that was told in a line.
pub struct Progress {
    bar: ProgressBar,
    stage: RefCell<String>,
}

impl Progress {
    /// Begins, on standard error.
    pub fn begin() -> Self {
        let bar = ProgressBar::new(0);
        // Fits 80 columns. The template is a constant, so it is not refused.
        let style = ProgressStyle::with_template("{bar:24} {eta:>4} left  {wide_msg}");
        bar.set_style(style.unwrap_or(ProgressStyle::default_bar()));
        Self {
            bar,
            stage: RefCell::default(),
        }
    }

    /// So many seconds of work are still to come.
    pub fn expect(&self, seconds: f64) {
        self.bar.inc_length(milliseconds(seconds));
    }

    /// This is what runs now, in this stage.
    pub fn on(&self, stage: &str, what: &str) {
        if !self.bar.is_hidden() {
            self.bar.set_message(format!("{stage}: {what}"));
        } else if *self.stage.borrow() != stage {
            eprintln!("{stage}");
        }
        self.stage.replace(stage.to_owned());
    }

    /// So many of the expected seconds are over.
    pub fn done(&self, seconds: f64) {
        self.bar.inc(milliseconds(seconds));
    }

    /// Takes the bar away.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}

fn milliseconds(seconds: f64) -> u64 {
    (seconds * 1000.0) as u64
}
