//! One file of every technique side by side: above it what it took, the source with what differs, below it how it ran.

mod lines;

use std::fmt::Write as _;

pub use lines::highlighted;
use lines::{breaks_after, breaks_before, rows};

use super::executions::disturbed;
use super::heading;
use super::highlight::{Class, Language, pieces};
use super::measured::{measured, measured_in_python};
use super::source::{CLUSTER, Sources, TECHNIQUES};
use crate::model::pictures::Pictures;
use crate::model::results::Results;
use crate::model::rows::Family;
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
    /// Those of Rust, and those of Python if there are twins. The cluster's stands last, if it has one.
    fn all(results: &Results, sources: &Sources) -> Vec<Self> {
        let [nodes, celery] =
            [0, 1].map(|place| Some((CLUSTER, sources.cluster.map(|texts| texts[place])?)));
        let in_rust = TECHNIQUES.into_iter().zip(sources.texts).chain(nodes);
        let in_rust = in_rust.map(|(technique, text)| Self {
            name: technique.to_owned(),
            technique,
            language: Language::Rust,
            text,
            measured: measured(results, sources, technique),
        });
        let twins = sources.pythons.into_iter().flatten();
        let in_python = TECHNIQUES.into_iter().zip(twins).chain(celery);
        let in_python = in_python.map(|(technique, text)| Self {
            name: format!("Python {technique}"),
            technique,
            language: Language::Python,
            text,
            measured: measured_in_python(results, sources, technique),
        });
        in_rust.chain(in_python).collect()
    }

    /// What it is called in the page's address.
    fn id(&self) -> String {
        match self.language {
            Language::Rust => self.technique.to_owned(),
            Language::Python => format!("python-{}", self.technique),
        }
    }

    /// How wide the column must be so that no name in it is broken, in characters.
    fn need(&self) -> usize {
        let width = |line: &str| {
            let indent = line.len() - line.trim_start().len();
            let mut names = vec![0];
            for (class, piece) in pieces(self.language, line.trim_start()) {
                match class {
                    Class::Space => names.push(0),
                    Class::Text => names.extend(piece.split(' ').map(|word| word.chars().count())),
                    _ if breaks_before(piece) => names.push(piece.chars().count()),
                    _ => *names.last_mut().expect("one at least") += piece.chars().count(),
                }
                if breaks_after(piece) {
                    names.push(0);
                }
            }
            // What does not fit goes on two characters further to the right.
            indent + 2 + names.into_iter().max().unwrap_or_default()
        };
        // A text may be broken anywhere.
        let code = self.text.lines().skip(self.lines_of_text());
        let code = code.filter(|line| !line.trim_start().starts_with(['/', '#', '"']));
        code.map(width).max().unwrap_or_default()
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
        let (title, file, id) = (&column.name, column.file(sources), column.id());
        let language = match column.language {
            Language::Rust => "rust",
            Language::Python => "python",
        };
        let button = match sources.portable(column.language, column.technique) {
            Some(_) => format!(
                "<button type='button' class='copy' data-file='{file}' aria-label='Copy {file}' hidden>copy</button>"
            ),
            None => String::new(),
        };
        let _ = write!(
            heads,
            "<th scope='col' data-language='{language}' data-need='{}'><span class='name'>{title}</span>{button}<dl>{}</dl></th>",
            column.need(),
            column.measured
        );
        let _ = write!(
            choices,
            "<label><input type='checkbox' value='{id}'> {title}</label> "
        );
    }
    let mut pairs = vec![
        ("sequential,threading", "sequential | threading"),
        ("threading,multiprocessing", "threading | multiprocessing"),
        ("threading,asyncio", "threading | asyncio"),
    ];
    let twins = sources.pythons.is_some();
    let nodes = sources.cluster.is_some();
    pairs.extend(nodes.then_some(("multiprocessing,cluster", "multiprocessing | cluster")));
    pairs.extend(twins.then_some(("python", "Python | Rust")));
    let pairs = pairs.into_iter().map(|(columns, words)| {
        format!("<button type='button' class='pair' data-columns='{columns}'>{words}</button> ")
    });
    let under: String = sources
        .families
        .iter()
        .map(|family| timelines(pictures, &family.to_string(), &columns))
        .collect();
    let python = match twins {
        true => format!(
            " Python's files are <code>shared/python/story/</code>…<code>/{name}.py</code>."
        ),
        false => String::new(),
    };
    let rows_of = match sources.families {
        [] => "No row of the tables".to_owned(),
        families => families
            .iter()
            .map(Family::to_string)
            .collect::<Vec<_>>()
            .join(", "),
    };
    // The script shows as many columns as there is room for. Without it all stand there, to be scrolled through.
    let need = columns.iter().map(Column::need).max().unwrap_or_default();
    let width = format!("calc({} * ({need}ch + 20px))", columns.len());
    format!(
        "<section class='sources'>{}\n\
         <p>{rows_of}: <code>src/{}.rs</code> of each technique, as it was compiled.{python} Lines that are alike stand beside each other. \
         A word is tinted where no other column of its language has it on that line, and a bar stands beside a line that only one \
         column has.</p>\n\
         <fieldset class='choice' hidden><legend>Columns</legend>{choices}<span class='pairs'>{}</span></fieldset>\n\
         <div class='scroll' tabindex='0' role='region' aria-label='Sources of {name}'><table class='code' style='min-width:{width}'>\
         <thead><tr>{heads}</tr></thead>\n<tbody>{}</tbody></table></div>\n{under}</section>\n",
        heading(2, name, sources.about),
        sources.path,
        pairs.collect::<String>(),
        rows(&columns),
    )
}

/// A row of pictures, below the columns: how each technique's run of this workload went.
fn timelines(pictures: &Pictures, workload: &str, columns: &[Column]) -> String {
    let cell = |column: &Column| {
        let runs = Contestant::TECHNIQUES
            .into_iter()
            .filter(|who| column.language == Language::Rust && who.program() == column.technique);
        let drawn = runs.filter_map(|who| {
            let recorded = pictures.recorded(workload, who);
            let caption = match &*disturbed(recorded) {
                "" => String::new(),
                stamp => format!("<figcaption>{stamp}</figcaption>"),
            };
            let picture = pictures.timeline(workload, who)?;
            Some(format!("<figure>{picture}{caption}</figure>"))
        });
        format!("<div>{}</div>", drawn.collect::<String>())
    };
    let cells: String = columns.iter().map(cell).collect();
    if cells.contains("<svg") {
        format!(
            "<div class='pictures' tabindex='0' role='region' aria-label='Timelines of {workload}'>{cells}</div>\n"
        )
    } else {
        String::new()
    }
}
