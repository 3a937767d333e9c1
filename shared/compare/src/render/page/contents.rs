//! The head of the page, and the bar of contents that stays in sight: what the page is about, what went wrong, and where
//! its sections are.

use super::{Part, escape};
use crate::judge::report::Report;
use crate::model::pictures::Pictures;

/// Where a page stands on a site that shows several machines.
#[derive(Debug, Default)]
pub struct Here {
    /// All machines, this page's among them; none or one, where there is nothing to choose.
    pub machines: Vec<Machine>,
    /// What is to be said of this run beside the others.
    pub note: Option<String>,
}

/// A machine of which there is a page.
#[derive(Debug)]
pub struct Machine {
    /// What it is called.
    pub name: String,
    /// Where its page is, seen from this one; nothing, if it is this one.
    pub link: Option<String>,
}

/// The chooser of machines.
fn chooser(here: &Here) -> String {
    if here.machines.len() < 2 {
        return String::new();
    }
    let items = here.machines.iter().map(|Machine { name, link }| {
        let name = escape(name);
        match link {
            Some(link) => format!("<li><a href='{}'>{name}</a></li>", escape(link)),
            None => format!("<li aria-current='page'><strong>{name}</strong></li>"),
        }
    });
    format!(
        "<nav class='machines' aria-label='Machines'>Measured on<ul>{}</ul></nav>\n",
        items.collect::<String>()
    )
}

/// Title, machine and troubles.
pub fn header(report: &Report, pictures: &Pictures, here: &Here) -> String {
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
         {}<p class='dim'>{}<br>All numbers: <a href='results.json'>results.json</a>{}</p>\n{}</header>\n",
        chooser(here),
        lines.join("<br>"),
        here.note
            .iter()
            .map(|note| format!("<br>{}", escape(note)))
            .collect::<String>(),
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
