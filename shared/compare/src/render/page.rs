//! The page: tables that open, sources side by side, timelines and charts, in one file that needs nothing else.
//!
//! Everything is in the HTML already; the script only hides columns and copies files. A module of `page` is what stands in one
//! place of it.

pub mod align;
mod alone;
mod beside;
#[cfg(test)]
mod browser;
mod cells;
mod charts;
mod columns;
mod conclusion;
mod contents;
mod executions;
mod findings;
pub mod highlight;
mod measured;
mod numbers;
pub mod own;
pub mod site;
pub mod source;
mod workloads;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context;
use columns::side_by_side;
use contents::Here;
use highlight::Language;
use shared::trace::svg::escape;
use source::{Sources, TECHNIQUES};

use crate::judge::report::Report;
use crate::model::archive::Archive;
use crate::model::pictures::Pictures;
use crate::model::places;
use crate::model::results::Results;
use crate::model::store;
use crate::output;

/// The page's file, in the folder of its run.
pub const FILE: &str = "index.html";

/// Writes the page about these results into the folder of their run, and returns its path.
///
/// # Errors
///
/// If a file cannot be read or written.
pub fn write(results: &Results, report: &Report, run: &Path) -> anyhow::Result<PathBuf> {
    let path = run.join(FILE);
    let pictures = Pictures::load(run)?;
    let html = page_among(results, report, &pictures, &Here::default(), own::latest());
    store::write(&path, &html)?;
    Ok(path)
}

/// Writes the page about the last run anew.
///
/// # Errors
///
/// If there was no run.
pub fn again() -> anyhow::Result<PathBuf> {
    let run = Archive::open()?.latest();
    let results = Results::load(&run.join(places::RESULTS))?;
    write(&results, &Report::of(&results), &run)
}

/// Opens the last run's page in a browser, or says where it is.
///
/// # Errors
///
/// If there was no run, or it cannot be said where the page is.
pub fn open() -> anyhow::Result<()> {
    let path = Archive::open()?.latest().join(FILE);
    let exists = path.try_exists().unwrap_or(false);
    let path = if exists {
        path
    } else {
        again().context("there is no page yet: `make compare` writes it")?
    };
    let shown = std::env::var_os("DISPLAY")
        .or(std::env::var_os("WAYLAND_DISPLAY"))
        .is_some();
    let opened = shown
        && Command::new("xdg-open")
            .arg(&path)
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
    if opened { Ok(()) } else { say(&path) }
}

/// Says where a page is.
///
/// # Errors
///
/// If it cannot be printed.
pub fn say(path: &Path) -> anyhow::Result<()> {
    output::print(&format!("{}\n", path.display()))
}

/// Writes the programs that the buttons copy, `threading-waiter.rs` and so on.
///
/// # Errors
///
/// If a file cannot be written.
pub fn copies(folder: &Path) -> anyhow::Result<()> {
    for sources in Sources::workloads() {
        for technique in TECHNIQUES {
            if let Some(text) = sources.portable(Language::Rust, technique) {
                let name = format!("{technique}-{}.rs", sources.name());
                store::write(&folder.join(name), &text)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
fn page(results: &Results, report: &Report, pictures: &Pictures) -> String {
    page_among(results, report, pictures, &Here::default(), String::new())
}

/// The page, as one among those of several machines, with the section about a reader's own work.
fn page_among(
    results: &Results,
    report: &Report,
    pictures: &Pictures,
    here: &Here,
    own: String,
) -> String {
    let files: BTreeMap<_, _> = columns::files(results).into_iter().collect();
    // A script ends at the first `</`, even within a string.
    let files = serde_json::to_string(&files)
        .unwrap_or_default()
        .replace('<', "\\u003c");
    // In the order in which a reader wants to know: the answer, the proof, then all there is.
    let mut parts = vec![
        Part::new("your-work", "Your work", own),
        Part::new("findings", "Findings", findings::findings(report)),
        Part::new("at-a-glance", "At a glance", charts::glance(results)),
        Part::new(
            "conclusion",
            "Conclusion",
            conclusion::section(results, report),
        ),
        Part::new("when-to-use", "When to use", findings::guidance(report)),
    ];
    parts.extend(Sources::workloads().map(|sources| {
        let name = sources.name();
        Part::new(name, name, side_by_side(results, pictures, sources))
    }));
    parts.extend([
        Part::new(
            "executions",
            "Executions",
            executions::section(results, pictures),
        ),
        Part::new(
            "charts",
            "Charts",
            charts::section(results, report, pictures),
        ),
        Part::new(
            "workloads",
            "Workloads",
            workloads::section(results, report),
        ),
        Part::new(
            "bad-network",
            "Bad network",
            workloads::bad_network(results, report),
        ),
        Part::new("claims", "Claims", beside::claims(&report.beside)),
        Part::new(
            "beside-python",
            "Beside Python",
            beside::section(results, &report.beside),
        ),
    ]);
    parts.extend(numbers::parts(report));
    parts.retain(|part| !part.html.is_empty());
    let body: String = parts.iter().map(|part| part.html.as_str()).collect();
    format!(
        "<!doctype html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'>\n\
         <meta name='viewport' content='width=device-width, initial-scale=1'>\n\
         <title>The concurrency story, measured</title>\n<style>\n{}{}{}\n</style>\n</head>\n<body>\n{}{}<main>\n{body}</main>\n\
         <p id='copied' class='sr' role='status'></p>\n\
         <script type='application/json' id='files'>{files}</script>\n<script>\n{}</script>\n</body>\n</html>\n",
        include_str!("page/style.css"),
        charts::style(),
        pictures.style(),
        contents::header(report, pictures, here),
        contents::bar(&parts),
        include_str!("page/script.js"),
    )
}

/// A section of the page.
struct Part {
    /// Its address.
    id: String,
    /// What the contents call it.
    name: String,
    /// The section; nothing, if nothing was measured for it.
    html: String,
}

impl Part {
    fn new(id: impl Into<String>, name: impl Into<String>, html: String) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            html,
        }
    }
}

/// A heading with an address, and the sign that links to it.
fn heading(level: u8, id: &str, text: &str) -> String {
    let sign = link_sign(id, text);
    format!("<h{level} id='{id}'>{} {sign}</h{level}>", escape(text))
}

/// A sign that links to an address of the page; the script lets a click on it copy the link.
fn link_sign(address: &str, target: &str) -> String {
    format!(
        "<a class='here' href='#{}' aria-label='Link to {}'>#</a>",
        escape(address),
        escape(target)
    )
}

/// Text as an address: its letters and digits, with a dash for all that is between.
fn slug(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    words.join("-").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn findings_come_first_and_every_cell_has_the_address_that_explain_takes() {
        let results = fixtures::results();
        let report = Report::of(&results);
        let page = page(&results, &report, &Pictures::default());
        let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text}"));
        assert!(place("id='findings'") < place("id='conclusion'"));
        for sentence in &report.answer {
            assert!(page.contains(&format!("<dd>{}</dd>", escape(&sentence.text))));
        }
        let cells = page.split("<div class='face' data-who='").skip(1);
        let addresses: Vec<_> = cells
            .filter_map(|cell| {
                let (tag, _) = cell.split_once('>')?;
                let (_, rest) = tag.split_once("' id='")?;
                Some(rest.split_once('\'')?.0)
            })
            .collect();
        assert!(
            addresses.contains(&"threading.use-multiple-cpus")
                && addresses.contains(&"asyncio.hashes")
        );
        for address in addresses {
            assert_eq!(
                page.matches(&format!("id='{address}'")).count(),
                1,
                "{address}"
            );
            crate::render::explain::explain(&results, address).unwrap();
        }
    }

    #[test]
    fn no_character_of_a_text_can_end_where_it_stands() {
        assert_eq!(
            escape("<a b='c' d=\"e\">&"),
            "&lt;a b=&#39;c&#39; d=&quot;e&quot;&gt;&amp;"
        );
    }
}
