//! What is running, and how much time is left: a bar on a terminal, a line for each stage elsewhere.

use std::cell::RefCell;
use std::fmt;
use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar, ProgressState, ProgressStyle};

/// The bar, or the last stage that had a line.
pub struct Progress {
    bar: ProgressBar,
    stage: RefCell<String>,
}

impl Progress {
    /// Begins, on standard error.
    pub fn begin() -> Self {
        let bar = ProgressBar::new(0);
        // Fits 80 columns. The template is a constant, so it is not refused.
        let style = ProgressStyle::with_template("{bar:24} {left:>6} left  {wide_msg}");
        let style = style.unwrap_or(ProgressStyle::default_bar());
        bar.set_style(style.with_key(
            "left",
            |state: &ProgressState, text: &mut dyn fmt::Write| {
                // Something runs as long as the bar is shown, whatever was expected.
                let _ = write!(text, "{}", left(state.eta()));
            },
        ));
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
    pub fn on(&self, stage: &str, task: &str) {
        if !self.bar.is_hidden() {
            self.bar.set_message(format!("{stage}: {task}"));
        } else if *self.stage.borrow() != stage {
            eprintln!("{stage}");
        }
        self.stage.replace(stage.to_owned());
    }

    /// So many of the expected seconds are over.
    pub fn done(&self, seconds: f64) {
        self.bar.inc(milliseconds(seconds));
    }

    /// Prints something above the bar.
    pub fn beside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }

    /// Takes the bar away.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// The time left, never none.
fn left(eta: Duration) -> String {
    let seconds = eta.as_secs_f64().ceil().max(1.0);
    format!("{:#}", HumanDuration(Duration::from_secs_f64(seconds)))
}

fn milliseconds(seconds: f64) -> u64 {
    (seconds * 1000.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_never_none() {
        assert_eq!(left(Duration::ZERO), "1s");
        assert_eq!(left(Duration::from_millis(1500)), "2s");
        assert_eq!(left(Duration::from_secs(600)), "10m");
    }
}
