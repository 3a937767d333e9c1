//! "When to use", in sentences: on a terminal and as Markdown.

use super::layout::{lines, title};
use crate::judge::guidance::When;

/// The section for a terminal; nothing if no sweep was asked for.
pub fn terminal(when: &When) -> String {
    if when.sentences.is_empty() {
        return String::new();
    }
    title("When to use", "with this machine's numbers") + &lines(&when.sentences)
}

/// The section for a file; nothing if no sweep was asked for.
pub fn markdown(when: &When) -> String {
    if when.sentences.is_empty() {
        return String::new();
    }
    let sentences = when.sentences.iter();
    let list: String = sentences
        .map(|sentence| format!("- {sentence}\n"))
        .collect();
    format!("\nWhen to use what, with this machine's numbers:\n\n{list}")
}
