//! What else the terminal's report has: how sure, resources, latencies, floors, ladder. The sections are the same; here they
//! are written as HTML.

use std::fmt::Write as _;

use super::cells::{plain, row_head, table};
use super::{Part, escape, heading, slug};
use crate::judge::report::Report;
use crate::render::sections::{self, Section};
use crate::render::table::{Lines, Table, Tone};

/// Sections of the report that stand elsewhere on the page, in a form of its own.
const ELSEWHERE: [&str; 10] = [
    "The answer",
    "Conclusion",
    "Machine",
    "Workloads",
    "Bad network",
    "When to use",
    "Break-evens",
    "Claims",
    "Beside Python",
    "Troubles",
];

/// Every section of the report that does not stand elsewhere.
pub fn parts(report: &Report) -> Vec<Part> {
    let sections = sections::all(report).into_iter();
    sections
        .filter(|section| !ELSEWHERE.contains(&section.title))
        .map(|section| Part::new(slug(section.title), section.title, html(&section)))
        .collect()
}

/// A section as HTML.
pub fn html(section: &Section) -> String {
    let mut html = format!(
        "<section>{}\n",
        heading(2, &slug(section.title), section.title)
    );
    if !section.note.is_empty() {
        let _ = writeln!(html, "<p>{}</p>", escape(&sentence(&section.note)));
    }
    for part in &section.parts {
        html += &match part {
            sections::Part::List(sentences) => list(sentences),
            sections::Part::Answers(answers) => {
                let answers = answers.iter();
                let answers = answers.map(|it| format!("{}: {}", it.subject, it.text));
                list(&answers.collect::<Vec<_>>())
            }
            sections::Part::Table(rows) => of(section.title, rows),
        };
    }
    html + "</section>\n"
}

/// A note on a title, as a sentence of its own.
fn sentence(note: &str) -> String {
    let mut letters = note.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    let end = if note.ends_with('.') { "" } else { "." };
    format!("{}{}{end}", first.collect::<String>(), letters.as_str())
}

fn list(sentences: &[String]) -> String {
    if let [sentence] = sentences {
        return format!("<p>{}</p>\n", escape(sentence));
    }
    let items = sentences
        .iter()
        .map(|sentence| format!("<li>{}</li>\n", escape(sentence)));
    format!("<ul>\n{}</ul>\n", items.collect::<String>())
}

/// A table of the report.
fn of(title: &str, table_of: &Table) -> String {
    let (heads, rows) = table_of.shown();
    let mut body = String::new();
    for row in rows {
        body += "<tr role='row'>";
        for (place, (head, cell)) in heads.iter().zip(row).enumerate() {
            body += &match place {
                0 => row_head(&lines(cell), None),
                _ => plain(head, &lines(cell)),
            };
        }
        body += "</tr>\n";
    }
    let (first, rest) = heads.split_first().unwrap_or((&"", &[]));
    // Numbers alone, and many of them: close to each other, in columns on a phone, too.
    table(title, &escape(first), rest, &body).replacen(
        "class='results'",
        "class='results dense'",
        1,
    )
}

/// What stands in a cell, a line below another.
fn lines(lines: &Lines) -> String {
    if lines.is_empty() {
        return "<span class='dim'>-</span>".to_owned();
    }
    let lines = lines.iter().map(|pieces| {
        let pieces = pieces.iter().map(|(tone, text)| {
            let class = match tone {
                Tone::Plain => "",
                Tone::Strong => " class='best'",
                Tone::Dim => " class='dim'",
                Tone::Good => " class='holds'",
                Tone::Mixed => " class='in-part'",
                Tone::Bad => " class='refuted'",
                Tone::Open => " class='undecided'",
                Tone::Noisy => " class='noisy'",
            };
            format!("<span{class}>{}</span>", escape(text))
        });
        pieces.collect::<Vec<_>>().join(" ")
    });
    lines.collect::<Vec<_>>().join("<br>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::model::pictures::Pictures;
    use crate::model::technique::Contestant;
    use crate::render::page::page;

    #[test]
    fn the_page_has_every_number_of_the_terminal_with_python_and_without() {
        let mut results = fixtures::results_of(&["--faults"]);
        for who in Contestant::CONCLUDED {
            results = results.with_ladder(who, &[1, 10, 100], 4096);
        }
        let mut together = results.clone();
        together.pythons = vec![fixtures::python(&results)];
        for results in [results, together] {
            let report = Report::of(&results);
            let page = page(&results, &report, &Pictures::default());
            let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text}"));
            for section in sections::all(&report) {
                let title = match section.title {
                    "The answer" => "Findings",
                    "Machine" | "Troubles" => "The concurrency story",
                    "Break-evens" => "When to use",
                    title => title,
                };
                let heads = ["<h1>".to_owned(), format!("<h2 id='{}'>", slug(title))];
                let head = heads
                    .iter()
                    .any(|head| page.contains(&format!("{head}{title}")));
                assert!(head, "{title}");
                for part in &section.parts {
                    match part {
                        sections::Part::List(sentences) => {
                            for sentence in sentences {
                                place(&escape(sentence));
                            }
                        }
                        sections::Part::Answers(answers) => {
                            for answer in answers {
                                place(&escape(&answer.text));
                            }
                        }
                        sections::Part::Table(table) => {
                            for row in table.shown().1 {
                                place(&escape(&row[0][0][0].1));
                            }
                        }
                    }
                }
            }
            let order = [
                "findings",
                "at-a-glance",
                "conclusion",
                "when-to-use",
                "waiter",
                "charts",
                "claims",
                "ladder",
            ];
            let places: Vec<_> = order.map(|id| place(&format!("<h2 id='{id}'>"))).into();
            assert!(places.is_sorted(), "{places:?}");
        }
    }
}
