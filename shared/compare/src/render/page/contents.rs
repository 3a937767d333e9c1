//! The head of the page, and the bar of contents that stays in sight: what the page is about, what went wrong, and where
//! its sections are.

use super::{Part, escape};
use crate::judge::report::Report;
use crate::model::pictures::Pictures;

/// Title, machine and troubles.
pub fn header(report: &Report, pictures: &Pictures) -> String {
    let lines: Vec<_> = report.header.iter().map(|line| escape(line)).collect();
    let contradictions = pictures.contradictions();
    let troubles = report
        .troubles
        .iter()
        .chain(&contradictions)
        .map(|trouble| format!("<p class='trouble'>{}</p>", escape(trouble)));
    format!(
        "<header><h1>The concurrency story, measured</h1>\n\
         <p>The same work, done one after another, by threads, by processes and by tasks on an event loop, on this machine.</p>\n\
         <p class='dim'>{}</p>\n{}</header>\n",
        lines.join("<br>"),
        troubles.collect::<String>(),
    )
}

/// A link to every section.
pub fn bar(parts: &[Part]) -> String {
    let links = parts
        .iter()
        .map(|Part { id, name, .. }| format!("<li><a href='#{id}'>{}</a></li>", escape(name)));
    format!(
        "<nav class='contents' aria-label='Sections' tabindex='0'><ul>{}</ul></nav>\n",
        links.collect::<String>()
    )
}
