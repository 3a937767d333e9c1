//! The page of a reader's own work.

use super::super::sections::{Part, Section};
use super::super::table::in_html as escape;
use crate::model::own::Own;

/// The page: what the terminal has, with the same words.
pub fn page(own: &Own, sections: &[Section]) -> String {
    let body: String = sections.iter().map(section).collect();
    format!(
        "<!DOCTYPE html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'>\n<meta name='viewport' content='width=device-width, \
         initial-scale=1'>\n<title>{name}, measured</title>\n<style>\n{style}\n</style>\n</head>\n<body>\n<main>\n<h1>{name}, \
         measured</h1>\n<p>{machine}</p>\n{body}</main>\n</body>\n</html>\n",
        name = escape(&own.subject.name),
        style = include_str!("style.css"),
        machine = escape(&format!(
            "{}, {} cores, {}",
            own.machine.cpu, own.machine.cores, own.machine.date
        )),
    )
}

fn section(section: &Section) -> String {
    if section.parts.is_empty() {
        return String::new();
    }
    let parts = section.parts.iter().map(|part| match part {
        Part::List(lines) => {
            let lines = lines
                .iter()
                .map(|line| format!("<p>{}</p>\n", escape(line)));
            lines.collect()
        }
        Part::Answers(answers) => {
            let pairs = answers.iter().map(|answer| {
                format!(
                    "<dt>{}</dt><dd>{}</dd>\n",
                    answer.subject,
                    escape(&answer.text)
                )
            });
            format!("<dl>\n{}</dl>\n", pairs.collect::<String>())
        }
        Part::Table(table) => table.in_html(),
    });
    format!(
        "<section>\n<h2>{}</h2>\n<p>{}</p>\n{}</section>\n",
        section.title,
        escape(&section.note),
        parts.collect::<String>()
    )
}
