//! The answer in sentences: what a reader wants to know first, and when which technique pays.

use super::{escape, heading, numbers};
use crate::judge::answer::Sentence;
use crate::judge::report::Report;
use crate::render::sections::{self, Part};

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

/// What serves which need, and break-evens and speed-ups in sentences; nothing if neither was looked for.
pub fn guidance(report: &Report) -> String {
    let mut section = sections::when_to_use(report);
    if report.needs.is_empty() {
        section.parts.clear();
    }
    if !report.guidance.sentences.is_empty() {
        section
            .parts
            .push(Part::List(report.guidance.sentences.clone()));
    }
    match section.parts.is_empty() {
        true => String::new(),
        false => numbers::html(&section),
    }
}
