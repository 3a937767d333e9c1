//! A number at which a rule's answer changes: data, which the rule reads and a reader is shown.

use std::fmt;

/// A number at which a rule's answer changes.
#[derive(Clone, Copy, Debug)]
pub struct Threshold {
    /// The number.
    pub value: f64,
    /// How it is written.
    pub written: fn(f64) -> String,
    /// What follows beyond it.
    pub words: &'static str,
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {}", (self.written)(self.value), self.words)
    }
}
