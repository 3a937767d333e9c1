//! The answer in sentences: what a reader wants to know first, and when which technique pays.

use super::{escape, heading};
use crate::judge::answer::Sentence;
use crate::judge::report::Report;

/// What a reader wants to know first, in sentences.
pub fn findings(report: &Report) -> String {
    if report.answer.is_empty() {
        return String::new();
    }
    let sentence = |it: &Sentence| {
        format!(
            "<dt>{}</dt><dd>{}</dd>\n",
            escape(it.subject),
            escape(&it.text)
        )
    };
    let sentences: String = report.answer.iter().map(sentence).collect();
    format!(
        "<section>{}\n<dl class='findings'>\n{sentences}</dl></section>\n",
        heading(2, "findings", "Findings")
    )
}

/// Break-evens and speed-ups, in sentences; nothing if none was looked for.
pub fn when(report: &Report) -> String {
    let sentences = &report.when.sentences;
    if sentences.is_empty() {
        return String::new();
    }
    let items = sentences.iter();
    format!(
        "<section>{}\n<p>With this machine's numbers.</p>\n<ul>\n{}</ul></section>\n",
        heading(2, "when-to-use", "When to use"),
        items
            .map(|sentence| format!("<li>{}</li>\n", escape(sentence)))
            .collect::<String>()
    )
}
