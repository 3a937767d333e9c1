//! One file of every technique side by side: above it what it took, the source with what differs, below it how it ran.

use std::fmt::Write as _;

use super::align::{align, shared_pieces};
use super::escape;
use super::highlight::{Language, pieces};
use super::measured::{measured, measured_in_python};
use super::source::{Sources, TECHNIQUES};
use crate::model::pictures::Pictures;
use crate::model::results::Results;
use crate::model::technique::Contestant;

/// A technique's file, in one of the languages.
struct Column {
    /// What stands above it.
    name: String,
    technique: &'static str,
    language: Language,
    text: &'static str,
    /// What it took, as items of a list.
    measured: String,
}

impl Column {
    /// Those of Rust, and those of Python if it took part.
    fn all(results: &Results, sources: &Sources) -> Vec<Self> {
        let in_rust = TECHNIQUES.iter().zip(sources.texts);
        let in_rust = in_rust.map(|(technique, text)| Self {
            name: (*technique).to_owned(),
            technique,
            language: Language::Rust,
            text,
            measured: measured(results, sources, technique),
        });
        let in_python = TECHNIQUES.iter().zip(sources.pythons);
        let in_python = in_python.map(|(technique, text)| Self {
            name: format!("Python {technique}"),
            technique,
            language: Language::Python,
            text,
            measured: measured_in_python(results, sources, technique),
        });
        let python_took_part = results.pythons.iter().any(|it| it.description.is_ok());
        in_rust
            .chain(in_python.filter(|_| python_took_part))
            .collect()
    }

    /// What the file is called in the list of those to copy.
    fn file(&self, sources: &Sources) -> String {
        key(self.language, self.technique, sources)
    }

    /// How many lines at its beginning are text about it: Rust's are comments, which are known by themselves.
    fn lines_of_text(&self) -> usize {
        let quotes = |line: &str| line.contains("\"\"\"");
        let mut lines = self.text.lines();
        match self.language {
            Language::Python if lines.next().is_some_and(quotes) => {
                lines.position(quotes).map_or(1, |last| last + 2)
            }
            _ => 0,
        }
    }
}

fn key(language: Language, technique: &str, sources: &Sources) -> String {
    let folder = match language {
        Language::Rust => "",
        Language::Python => "python/",
    };
    format!("{folder}{technique}/{}", sources.name())
}

/// The files to copy, by their names in the page.
pub fn files(results: &Results) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for sources in Sources::workloads() {
        for column in Column::all(results, sources) {
            files.extend(
                sources
                    .portable(column.language, column.technique)
                    .map(|text| (column.file(sources), text)),
            );
        }
    }
    files
}

/// One file of every technique.
pub fn side_by_side(results: &Results, pictures: &Pictures, sources: &Sources) -> String {
    let name = sources.name();
    let columns = Column::all(results, sources);
    let mut heads = String::new();
    let mut choices = String::new();
    for column in &columns {
        let (title, file) = (&column.name, column.file(sources));
        let (language, checked) = match column.language {
            Language::Rust => ("rust", " checked"),
            Language::Python => ("python", ""),
        };
        let _ = write!(
            heads,
            "<th scope='col' data-language='{language}'><span class='name'>{title}</span>\
             <button type='button' class='copy' data-file='{file}' aria-label='Copy {file}' hidden>copy</button>\
             <dl>{}</dl></th>",
            column.measured
        );
        let _ = write!(
            choices,
            "<label><input type='checkbox'{checked}> {title}</label> "
        );
    }
    let under: String = sources
        .workloads
        .iter()
        .map(|workload| timelines(pictures, workload, &columns))
        .collect();
    let python = if columns.len() > TECHNIQUES.len() {
        format!(" Python's files are <code>shared/python/story/</code>…<code>/{name}.py</code>.")
    } else {
        String::new()
    };
    format!(
        "<section class='sources'><h2 id='{name}'>{}</h2>\n\
         <p>{}: <code>src/{}.rs</code> of each technique, as it was compiled.{python} Lines that all columns of a language have stand on one \
         line without a tint; what only some or only one has is tinted.</p>\n\
         <fieldset class='choice'><legend>Columns</legend>{choices}</fieldset>\n\
         <div class='scroll' tabindex='0' role='region' aria-label='Sources of {name}'><table class='code'>\
         <thead><tr>{heads}</tr></thead>\n<tbody>{}</tbody></table></div>\n{under}</section>\n",
        escape(sources.about),
        sources.workloads.join(", "),
        sources.path,
        rows(&columns),
    )
}

/// The lines, those that are alike beside each other.
fn rows(columns: &[Column]) -> String {
    let lines: Vec<Vec<&str>> = columns
        .iter()
        .map(|column| column.text.lines().collect())
        .collect();
    let texts_end: Vec<_> = columns.iter().map(Column::lines_of_text).collect();
    let mut body = String::new();
    for row in align(&lines) {
        let texts: Vec<&str> = row
            .iter()
            .zip(&lines)
            .map(|(line, file)| line.map_or("", |line| file[line]))
            .collect();
        body += "<tr>";
        for (place, (column, text)) in columns.iter().zip(&texts).enumerate() {
            let peers = || {
                let all = columns.iter().zip(&texts).enumerate();
                all.filter(|(_, (peer, _))| peer.language == column.language)
                    .map(|(place, (_, text))| (place, *text))
            };
            let alike = peers().filter(|(_, peer)| peer.trim() == text.trim());
            let class = match alike.count() {
                alike
                    if alike == peers().count()
                        || (!text.is_empty() && !text.contains(char::is_alphanumeric)) =>
                {
                    ""
                }
                _ if text.is_empty() => " class='none'",
                1 => " class='own'",
                _ => " class='some'",
            };
            let others = peers().filter(|(peer, text)| *peer != place && !text.is_empty());
            let others: Vec<_> = others.map(|(_, text)| text).collect();
            let indent = text.len() - text.trim_start().len();
            let style = if indent > 0 {
                format!(" style='--i:{indent}'")
            } else {
                String::new()
            };
            let content = match row[place] {
                None => String::new(),
                // A blank line is one, other than none at all.
                Some(_) if text.is_empty() => "\n".to_owned(),
                Some(number) if number < texts_end[place] => {
                    format!("<span class='co'>{}</span>", escape(text.trim_start()))
                }
                Some(_) => line(column.language, text.trim_start(), &others),
            };
            let _ = write!(body, "<td{class}{style}>{content}</td>");
        }
        body += "</tr>\n";
    }
    body
}

/// A row of pictures, below the columns: how each technique's run of this workload went.
fn timelines(pictures: &Pictures, workload: &str, columns: &[Column]) -> String {
    let cell = |column: &Column| {
        let runs = Contestant::TECHNIQUES
            .into_iter()
            .filter(|who| column.language == Language::Rust && who.program() == column.technique);
        let drawn = runs.filter_map(|who| pictures.timeline(workload, who));
        format!("<div>{}</div>", drawn.collect::<String>())
    };
    let cells: String = columns.iter().map(cell).collect();
    if cells.contains("<svg") {
        format!("<div class='pictures'>{cells}</div>\n")
    } else {
        String::new()
    }
}

/// A line of source: coloured, and what none of the others has marked.
fn line(language: Language, text: &str, others: &[&str]) -> String {
    let cut = pieces(language, text);
    let mut shared = vec![others.is_empty(); cut.len()];
    for other in others {
        for (piece, too) in shared.iter_mut().zip(shared_pieces(language, text, other)) {
            *piece |= too;
        }
    }
    let mut html = String::new();
    for ((class, piece), shared) in cut.into_iter().zip(shared) {
        let piece = match class.name() {
            Some(name) => format!("<span class='{name}'>{}</span>", escape(piece)),
            None => escape(piece),
        };
        html += &if shared {
            piece
        } else {
            format!("<mark>{piece}</mark>")
        };
    }
    // Neighbours share one mark, so that the text is not cut into more pieces than needed.
    html.replace("</mark><mark>", "")
}

/// A text in colours.
pub fn highlighted(text: &str) -> String {
    let lines = text.lines().map(|text| line(Language::Rust, text, &[]));
    lines.collect::<Vec<_>>().join("\n")
}
