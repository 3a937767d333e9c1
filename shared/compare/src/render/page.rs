//! The page: tables that open, sources side by side, timelines and charts, in one file that needs nothing else.
//!
//! Everything is in the HTML already; the script only hides columns and copies files.

pub mod align;
mod alone;
mod beside;
#[cfg(test)]
mod browser;
mod charts;
mod columns;
pub mod highlight;
pub mod source;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context;
use charts::{Point, Series};
use columns::{highlighted, side_by_side};
use highlight::Language;
use source::{Sources, TECHNIQUES};

use crate::judge::answer::Sentence;
use crate::judge::conclusion;
use crate::judge::finding::{Fate, Finding};
use crate::judge::floor::floor;
use crate::judge::latency;
use crate::judge::ranking::Place;
use crate::judge::report::Report;
use crate::judge::threshold::Threshold;
use crate::judge::workload::{Entry, Workload};
use crate::model::archive::Archive;
use crate::model::experiment::Cell;
use crate::model::pictures::{MORE_THREADS_THAN_CORES, ONE_THREAD, Pictures, TICKER};
use crate::model::places;
use crate::model::quantity::{bytes, count, give_or_take, seconds, times};
use crate::model::results::Results;
use crate::model::run::{Outcome, Run};
use crate::model::store;
use crate::model::technique::Contestant::{self, *};
use crate::output;
use crate::render::explain::address;

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
    store::write(&path, &page(results, report, &pictures))?;
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

fn page(results: &Results, report: &Report, pictures: &Pictures) -> String {
    let files: BTreeMap<_, _> = columns::files(results).into_iter().collect();
    // A script ends at the first `</`, even within a string.
    let files = serde_json::to_string(&files)
        .unwrap_or_default()
        .replace('<', "\\u003c");
    let parts = [
        header(report, pictures),
        findings(report),
        conclusion(results, report),
        when(report),
        workloads(results, report),
        bad_network(results, report),
        beside::section(results, &report.beside),
        Sources::workloads()
            .map(|sources| side_by_side(results, pictures, sources))
            .collect(),
        executions(results, pictures),
        charts_section(results, report, pictures),
    ];
    format!(
        "<!doctype html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'>\n\
         <meta name='viewport' content='width=device-width, initial-scale=1'>\n\
         <title>The concurrency story, measured</title>\n<style>\n{}{}{}\n</style>\n</head>\n<body>\n{}\
         <p id='copied' class='sr' role='status'></p>\n\
         <script type='application/json' id='files'>{files}</script>\n<script>\n{}</script>\n</body>\n</html>\n",
        include_str!("page/style.css"),
        charts::style(),
        pictures.style(),
        parts.concat(),
        include_str!("page/script.js"),
    )
}

fn header(report: &Report, pictures: &Pictures) -> String {
    let lines: Vec<_> = report.header.iter().map(|line| escape(line)).collect();
    let contradictions = pictures.contradictions();
    let troubles = report
        .troubles
        .iter()
        .chain(&contradictions)
        .map(|trouble| format!("<p class='trouble'>{}</p>", escape(trouble)));
    let sections = Sources::workloads()
        .map(|sources| format!("<li><a href='#{0}'>Source: {0}</a></li>", sources.name()));
    let link = |there: bool, link: &'static str| if there { link } else { "" };
    format!(
        "<header><h1>The concurrency story, measured</h1>\n\
         <p>The same work, done one after another, by threads, by processes and by tasks on an event loop, on this machine.</p>\n\
         <p class='dim'>{}</p>\n{}\
         <nav aria-label='Sections'><ul>{}<li><a href='#conclusion'>Conclusion</a></li>{}<li><a href='#workloads'>Workloads</a></li>{}{}{}\
         <li><a href='#executions'>Executions</a></li><li><a href='#charts'>Charts</a></li></ul></nav></header>\n<main>\n",
        lines.join("<br>"),
        troubles.collect::<String>(),
        link(
            !report.answer.is_empty(),
            "<li><a href='#findings'>Findings</a></li>"
        ),
        link(
            !report.when.sentences.is_empty(),
            "<li><a href='#when'>When to use</a></li>"
        ),
        link(
            report.network.is_some(),
            "<li><a href='#network'>Bad network</a></li>"
        ),
        link(
            !report.beside.factors.is_empty(),
            "<li><a href='#python'>Beside Python</a></li>"
        ),
        sections.collect::<String>()
    )
}

/// What a reader wants to know first, in sentences.
fn findings(report: &Report) -> String {
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
        "<section><h2 id='findings'>Findings</h2>\n<dl class='findings'>\n{sentences}</dl></section>\n"
    )
}

fn conclusion(results: &Results, report: &Report) -> String {
    let mut rows = String::new();
    for row in &report.conclusion {
        let _ = write!(
            rows,
            "<tr role='row'><th scope='row' role='rowheader'>{}<span class='number'>{}</span></th>",
            escape(row.rule.subject),
            escape(row.question.text)
        );
        for (who, finding) in Contestant::CONCLUDED.into_iter().zip(&row.findings) {
            let _ = match finding {
                Ok(finding) => write!(
                    rows,
                    "<td role='cell' id='{}' data-who='{who}'>{}</td>",
                    address(who, row.rule.subject),
                    verdict(results, row, who, finding)
                ),
                Err(missing) => write!(
                    rows,
                    "<td role='cell' data-who='{who}' class='dim'>not measured: {}</td>",
                    escape(&missing.reason())
                ),
            };
        }
        rows += "</tr>\n";
    }
    format!(
        "<section><h2 id='conclusion'>Conclusion</h2>\n\
         <p>What Python's users are told, and what came out here. Every field opens: what is claimed, the rule that judges, what was \
         measured, and the source of the probe. Noisy is what others disturbed by taking part of the machine.</p>\n{}</section>\n",
        table(
            "Conclusion",
            "feature",
            &Contestant::CONCLUDED.map(Contestant::name),
            &rows
        )
    )
}

/// A table of results, one column for each of these.
fn table(name: &str, first: &str, heads: &[&str], rows: &str) -> String {
    let name = escape(name);
    let heads = heads
        .iter()
        .map(|head| format!("<th scope='col' role='columnheader'>{}</th>", escape(head)));
    format!(
        "<div class='scroll' tabindex='0' role='region' aria-label='{name}'><table class='results' role='table'>\
         <thead role='rowgroup'><tr role='row'><th scope='col' role='columnheader'>{first}</th>{}</tr></thead>\n\
         <tbody role='rowgroup'>{rows}</tbody></table></div>\n",
        heads.collect::<String>()
    )
}

/// A field of the conclusion table: the verdict, and behind it everything that led to it.
fn verdict(results: &Results, row: &conclusion::Row, who: Contestant, finding: &Finding) -> String {
    let conclusion::Row { question, rule, .. } = row;
    let mut text = format!(
        "<details><summary><span class='verdict'>{}</span>",
        escape(&finding.verdict)
    );
    if !finding.number.is_empty() {
        let _ = write!(
            text,
            "<span class='number'>{}</span>",
            escape(&finding.number)
        );
    }
    if finding.noisy {
        text += NOISY;
    }
    if let Some((claim, fate)) = finding.claim {
        let _ = write!(
            text,
            "<span class='fate {}'>claim “{}” {}</span>",
            class(fate),
            escape(claim),
            fate.words()
        );
    }
    text += "</summary><div>";
    if let Some((claim, fate)) = finding.claim {
        let _ = write!(
            text,
            "<h4>Claim</h4><p>“{}”: {}</p>",
            escape(claim),
            fate.words()
        );
    }
    let _ = write!(
        text,
        "<h4>Rule</h4>{}",
        rule_text(rule.words, rule.thresholds)
    );
    let samples: String = rule
        .experiments
        .iter()
        .map(|name| samples_of(results, name, who))
        .collect();
    let climbed = if rule.ladder {
        climb(results, who)
    } else {
        None
    };
    if !samples.is_empty() || climbed.is_some() {
        let _ = write!(
            text,
            "<h4>Samples</h4>{samples}{}",
            climbed.unwrap_or_default()
        );
    }
    if let Some((path, source)) = question
        .source
        .and_then(|path| Some((path, source_of(path, who)?)))
    {
        let _ = write!(
            text,
            "<h4>{}/{path}</h4><pre class='code'>{}</pre>",
            who.program(),
            highlighted(source)
        );
    }
    text + "</div></details>"
}

/// A file of `src`, as this technique has it.
fn source_of(path: &str, who: Contestant) -> Option<&'static str> {
    let mut files = source::ALL.iter();
    let sources = files.find(|sources| path == format!("src/{}.rs", sources.path))?;
    sources.text(who.program())
}

/// A rule in words, and its thresholds.
fn rule_text(words: &str, thresholds: &[Threshold]) -> String {
    let items = thresholds.iter().map(|threshold| {
        let threshold = escape(&threshold.to_string());
        format!("<li>{threshold}</li>")
    });
    let items: String = items.collect();
    let list = match &*items {
        "" => String::new(),
        items => format!("<ul>{items}</ul>"),
    };
    format!("<p>{}</p>{list}", escape(words))
}

/// What is said of a number in whose making others interfered.
const NOISY: &str = "<span class='fate noisy'>noisy</span>";

/// What was read off one contestant's part in an experiment, run by run.
fn samples_of(results: &Results, name: &str, who: Contestant) -> String {
    results
        .cell(name, who)
        .map(|cell| samples(name, cell))
        .unwrap_or_default()
}

fn samples(name: &str, cell: &Cell) -> String {
    let mut lines = format!("{name}: {} {}\n", cell.contestant, cell.arguments.join(" "));
    for (round, outcome) in cell.rounds.iter().enumerate() {
        let _ = match outcome {
            Outcome::Ran(run) => {
                let readings = run.receipt.readings.iter();
                let readings: String = readings
                    .map(|(name, value)| format!(", {name} {value:.4}"))
                    .collect();
                writeln!(
                    lines,
                    "round {}: {} wall, {} CPU, {} inside{readings}",
                    round + 1,
                    seconds(run.wall),
                    seconds(run.cpu()),
                    seconds(run.seconds)
                )
            }
            _ => writeln!(
                lines,
                "round {}: {}",
                round + 1,
                outcome.failure().unwrap_or_default()
            ),
        };
    }
    if let Some(peak) = cell.peak() {
        let _ = writeln!(
            lines,
            "at the peak: {} of memory, {} threads, {} processes",
            bytes(peak.memory as f64),
            peak.threads,
            peak.processes
        );
    }
    format!("<pre>{}</pre>", escape(lines.trim_end()))
}

/// The steps of a climb.
fn climb(results: &Results, who: Contestant) -> Option<String> {
    let ladder = results.ladder(who).ok()?;
    let mut lines = String::new();
    for step in &ladder.steps {
        let units = count(step.units);
        let _ = match step.outcome.run() {
            Some(run) => writeln!(
                lines,
                "{units} asleep for {}: {}{}",
                seconds(ladder.nap),
                seconds(run.seconds),
                run.peak.map_or(String::new(), |peak| format!(
                    ", {}",
                    bytes(peak.memory as f64)
                ))
            ),
            None => writeln!(
                lines,
                "{units}: {}",
                step.outcome.failure().unwrap_or_default()
            ),
        };
    }
    Some(format!("<pre>{}</pre>", escape(lines.trim_end())))
}

fn workloads(results: &Results, report: &Report) -> String {
    format!(
        "<section><h2 id='workloads'>Workloads</h2>\n\
         <p>Wall-clock time from starting the program to its end: the median of the rounds, and half its interval, which spans up to \
         eight rounds, and is one of 95% from six on. The floor is what \
         the work itself takes: no technique can beat it. asyncio-multi-thread is asyncio's program on a loop of several threads. Every \
         field opens to its samples.</p>\n{}</section>\n",
        table(
            "Workloads",
            "work",
            &Contestant::TECHNIQUES.map(Contestant::name),
            &timed(results, &report.workloads)
        )
    )
}

/// What a bad network costs; nothing if none was asked for.
fn bad_network(results: &Results, report: &Report) -> String {
    let Some(network) = &report.network else {
        return String::new();
    };
    let mut rows = timed(results, &network.rows);
    for (what, values) in &network.lines {
        let _ = write!(
            rows,
            "<tr role='row'><th scope='row' role='rowheader'>{what}</th>"
        );
        for (who, value) in Contestant::TECHNIQUES.into_iter().zip(values) {
            let _ = write!(rows, "<td role='cell' data-who='{who}'>{value}</td>");
        }
        rows += "</tr>\n";
    }
    let ends = network.ends.iter();
    format!(
        "<section><h2 id='network'>Bad network</h2>\n\
         <p>The same pages within the same limits, from a server that behaves and from one that does not. Everybody meets the same \
         faults.</p>\n{}{}</section>\n",
        ends.map(|sentence| format!("<p>{}</p>\n", escape(sentence)))
            .collect::<String>(),
        table(
            "Bad network",
            "work",
            &Contestant::TECHNIQUES.map(Contestant::name),
            &rows
        )
    )
}

/// Break-evens and speed-ups, in sentences; nothing if none was looked for.
fn when(report: &Report) -> String {
    let sentences = &report.when.sentences;
    if sentences.is_empty() {
        return String::new();
    }
    let items = sentences.iter();
    format!(
        "<section><h2 id='when'>When to use</h2>\n<p>With this machine's numbers.</p>\n<ul>\n{}</ul></section>\n",
        items
            .map(|sentence| format!("<li>{}</li>\n", escape(sentence)))
            .collect::<String>()
    )
}

/// A row for each of these, with a field for each technique that opens to its samples.
fn timed(results: &Results, workloads: &[Workload]) -> String {
    let mut rows = String::new();
    for row in workloads {
        let _ = write!(
            rows,
            "<tr role='row'><th scope='row' role='rowheader'>{}<span class='number'>{}</span>{}</th>",
            escape(&row.name),
            escape(&row.label),
            row.floor.map_or(String::new(), |floor| format!(
                "<span class='number'>floor {}</span>",
                seconds(floor)
            ))
        );
        for (who, entry) in Contestant::TECHNIQUES.into_iter().zip(&row.entries) {
            let _ = write!(
                rows,
                "<td role='cell' id='{}' data-who='{who}'>",
                address(who, &row.name)
            );
            match entry {
                Entry::Timed {
                    wall,
                    distance,
                    noisy,
                    factor,
                    place,
                } => {
                    let best = if place.is_some() { " class='best'" } else { "" };
                    let _ = write!(
                        rows,
                        "<details><summary><span{best}>{}</span> <span class='dim'>{}</span>",
                        seconds(wall.median),
                        give_or_take(wall.spread())
                    );
                    if let Some(factor) = factor {
                        let _ = write!(
                            rows,
                            "<span class='number'>{} the speed of sequential</span>",
                            times(factor.middle)
                        );
                    }
                    let distance = distance.map_or(String::new(), |distance| distance.to_string());
                    let _ = write!(rows, "<span class='number'>{distance}</span>");
                    if *noisy {
                        rows += NOISY;
                    }
                    if let Some(place) = place {
                        let word = match place {
                            Place::Fastest => "fastest",
                            Place::Equal => "equal within 3%",
                            Place::Undecided { .. } => "not decided",
                        };
                        let _ = write!(rows, "<span class='fate holds'>{word}</span>");
                    }
                    let _ = write!(
                        rows,
                        "</summary><div>{}</div></details>",
                        samples_of(results, &row.name, who)
                    );
                }
                Entry::LeftOut => rows += "<span class='dim'>left out</span>",
                Entry::Missing => rows += "<span class='refuted'>failed</span>",
            }
            rows += "</td>";
        }
        rows += "</tr>\n";
    }
    rows
}

/// The pictures that the documents show, or leave a gap for: drawn from runs on this machine.
fn executions(results: &Results, pictures: &Pictures) -> String {
    let figure = |name: &str, who: Contestant, caption: &str| {
        let picture = pictures.timeline(name, who)?;
        Some(format!(
            "<figure>{picture}<figcaption>{}</figcaption></figure>\n",
            escape(caption)
        ))
    };
    let cores = results.machine.cores;
    let threads = [
        (ONE_THREAD, "One thread: one core, however many there are."),
        ("hashes", "As many threads as cores: each has its own."),
        (
            MORE_THREADS_THAN_CORES,
            "More threads than cores: every thread is ready all the time, and without a core for its share of it.",
        ),
    ];
    let threads = threads.map(|(name, caption)| figure(name, Threading, caption));
    let lives = [
        (
            Sequential,
            "One thread: nobody ticks until the hog is done.",
        ),
        (
            Threading,
            "The life of a thread: the ticker waits for its time, is then ready but without a core, gets one from the hog by order of \
             the system, gives it back, and ends. The hog never waits: it is on the core, or ready.",
        ),
        (
            Multiprocessing,
            "The same between processes: it is the system that decides.",
        ),
        (
            Asyncio,
            "Tasks: the ticker's time comes again and again, and the hog does not give way.",
        ),
    ];
    let lives = lives.map(|(who, caption)| figure(TICKER, who, caption));
    let gallery = |title: &str, figures: &[Option<String>]| {
        let figures: String = figures.iter().flatten().map(String::as_str).collect();
        if figures.is_empty() {
            figures
        } else {
            format!("<h3>{title}</h3>\n<div class='gallery'>{figures}</div>\n")
        }
    };
    let body = gallery(
        &format!("Computing: hashes on threads, {cores} cores"),
        &threads,
    ) + &gallery("A ticker beside a hog, on one core", &lives);
    if body.is_empty() {
        return body;
    }
    format!(
        "<section><h2 id='executions'>What an execution looks like</h2>\n\
         <p>Drawn from runs on this machine, once more and recorded. Those of the workloads stand under their sources: waiting in turns \
         and together under <a href='#waiter'>waiter</a> and <a href='#download'>download</a>, computing under \
         <a href='#compute'>compute</a>. What a thread's stack takes is among the <a href='#charts'>charts</a>. Every picture is a \
         file in <code>target/compare/latest/timelines/</code>, as SVG and as JSON for ui.perfetto.dev.</p>\n{body}</section>\n"
    )
}

fn charts_section(results: &Results, report: &Report, pictures: &Pictures) -> String {
    let mut figures = String::new();
    let mut figure = |caption: &str, chart: String| {
        let _ = writeln!(
            figures,
            "<figure><figcaption>{}</figcaption>{chart}</figure>",
            escape(caption)
        );
    };
    for row in results.workloads() {
        let entries = row.cells.iter().filter(|cell| cell.contestant != BareLoop);
        let entries: Vec<_> = entries
            .filter_map(|cell| Some((cell.contestant, cell.wall().ok()?)))
            .collect();
        if !entries.is_empty() {
            let caption = format!("{}, {}: time", row.name, row.label);
            let chart = charts::bars(&caption, &entries, floor(row).ok());
            figure(&caption, chart);
        }
    }
    let ladder = |reading: fn(&Run) -> Option<f64>| {
        let climbs = results.ladders.iter().map(|ladder| Series {
            who: ladder.contestant,
            points: ladder
                .steps
                .iter()
                .filter_map(|step| {
                    let reading = reading(step.outcome.run()?)?;
                    Some(Point::once(step.units as f64, reading))
                })
                .collect(),
        });
        climbs
            .filter(|series| !series.points.is_empty())
            .collect::<Vec<_>>()
    };
    let (times, memory) = (
        ladder(|run| Some(run.seconds)),
        ladder(|run| Some(run.peak?.memory as f64 / charts::MIB)),
    );
    if !times.is_empty() {
        let caption = "Units asleep at once: time until all have woken";
        figure(
            caption,
            charts::lines(
                caption,
                &times,
                ("units", charts::whole),
                ("time", |time| seconds(time)),
                false,
            ),
        );
        let caption = "Units asleep at once: memory at the peak";
        figure(
            caption,
            charts::lines(
                caption,
                &memory,
                ("units", charts::whole),
                ("memory", charts::mebibytes),
                false,
            ),
        );
    }
    let speedups = pictures.speedups();
    if !speedups.is_empty() {
        let caption = format!(
            "hashes: speed-up against workers, on {} cores",
            results.machine.cores
        );
        let series = speedups.into_iter().map(|(who, points)| Series {
            who,
            points: points.into_iter().map(|(x, y)| Point { x, y }).collect(),
        });
        let series: Vec<_> = series.collect();
        figure(
            &caption,
            charts::lines(
                &caption,
                &series,
                ("workers", charts::whole),
                ("times as fast as one", charts::factor),
                true,
            ),
        );
    }
    for latency::Row { name, spreads } in &report.latencies {
        let caption = format!("{name}: how long one request takes");
        let techniques = Contestant::TECHNIQUES.into_iter().zip(spreads);
        let rows: Vec<_> = techniques
            .filter_map(|(who, spread)| Some((who, (*spread)?)))
            .collect();
        figure(&caption, charts::percentiles(&caption, &rows));
    }
    let cost = pictures.cost().map_or(String::new(), |cost| {
        format!("<p class='dim'>{}</p>\n", escape(&cost))
    });
    format!(
        "<section><h2 id='charts'>Charts</h2>\n<p>Lines at the end of a bar are its interval; a dashed line is what no technique can \
         beat. Axes of the later charts are logarithmic.</p>\n<div class='charts'>{figures}</div>\n{cost}</section>\n</main>\n"
    )
}

/// Text as HTML.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('\'', "&#39;")
        .replace('"', "&quot;")
}

/// The class of a fate in the page's style, which gives it a colour and a sign.
fn class(fate: Fate) -> &'static str {
    match fate {
        Fate::Holds => "holds",
        Fate::InPart => "in-part",
        Fate::Refuted => "refuted",
        Fate::Unsure => "undecided",
    }
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
        let cells = page.split("<td role='cell' id='").skip(1);
        let addresses: Vec<_> = cells
            .filter_map(|cell| Some(cell.split_once('\'')?.0))
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

    #[test]
    fn every_verdict_shows_its_question_its_claim_its_samples_and_the_probe() {
        let ladder = |results: Results, who| results.with_ladder(who, &[1, 10, 100, 1000], 4096);
        let results = Contestant::CONCLUDED
            .into_iter()
            .fold(fixtures::results(), ladder);
        let section = conclusion(&results, &Report::of(&results));
        let mut shown = 0;
        for (question, rule) in conclusion::rules() {
            assert!(section.contains(&escape(question.text)), "{}", rule.subject);
            if rule.find(&results, Threading).is_err() {
                continue;
            }
            shown += 1;
            let text = rule_text(rule.words, rule.thresholds);
            assert!(section.contains(&text), "{}", rule.subject);
            let own = |name: &&&str| results.cell(name, Threading).is_ok();
            for name in rule.experiments.iter().filter(own) {
                let samples = format!("<pre>{name}: threading ");
                assert!(section.contains(&samples), "{}: {name}", rule.subject);
            }
            if let Some(path) = question.source {
                let head = format!("<h4>threading/{path}</h4>");
                assert!(section.contains(&head), "{}: {path}", rule.subject);
            }
        }
        assert!(
            shown >= 8,
            "{shown} of {} verdicts",
            conclusion::rules().count()
        );
        // Every made-up run keeps one core busy.
        assert!(section.contains("claim “no” holds"), "{section}");
    }
}
