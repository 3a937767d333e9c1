//! A reader's own work: the first section of the page, and a page of its own.

use std::fs;

use super::{escape, heading, numbers, slug};
use crate::model::own::{Own, Program};
use crate::model::places;
use crate::model::quantity::cores;
use crate::render::sections::Section;

/// The section of the work that was measured last, if any was.
pub fn latest() -> String {
    let path = places::own().map(|folder| folder.join(LATEST));
    path.ok()
        .and_then(|path| fs::read_to_string(path).ok())
        .unwrap_or_default()
}

/// Where that section is kept, in the folder of all readers' work.
pub const LATEST: &str = "latest.html";

/// What the terminal has, with the same words; between the first and the rest of it the program to take along.
pub fn section(first: &[Section], program: Option<&Program>, rest: &[Section]) -> String {
    let first = first.iter().map(numbers::html);
    let rest = rest.iter().map(numbers::html);
    first.chain(program.map(taken_along)).chain(rest).collect()
}

fn taken_along(program: &Program) -> String {
    let title = "The program";
    let mut html = format!(
        "<section class='program'>{}\n<p>This command runs it:</p>\n<pre class='code'>{}</pre>\n",
        heading(2, &slug(title), title),
        escape(&program.command)
    );
    for (name, text) in &program.files {
        html += &format!(
            "<details><summary>{}</summary><pre class='code'>{}</pre></details>\n",
            escape(name),
            escape(text)
        );
    }
    html + "</section>\n"
}

/// A page of this section alone.
pub fn page(own: &Own, section: &str) -> String {
    format!(
        "<!doctype html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'>\n\
         <meta name='viewport' content='width=device-width, initial-scale=1'>\n<title>{name}, measured</title>\n\
         <style>\n{style}\n</style>\n</head>\n<body>\n<main>\n<h1>{name}, measured</h1>\n<p>{machine}</p>\n{section}</main>\n\
         </body>\n</html>\n",
        name = escape(&own.subject.name),
        style = include_str!("style.css"),
        machine = escape(&format!(
            "{}, {}, {}",
            own.machine.cpu,
            cores(own.machine.cores),
            own.machine.date
        )),
    )
}
