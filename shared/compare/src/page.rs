//! The page: tables that open, sources side by side, timelines and charts, in one file that needs nothing else.
//!
//! Everything is in the HTML already; the script only hides columns and copies files.

pub mod align;
#[cfg(test)]
mod browser;
mod charts;
pub mod highlight;
pub mod source;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

use align::{align, shared_pieces};
use anyhow::Context;
use charts::{Point, Series};
use highlight::pieces;
use source::{Sources, TECHNIQUES};

use crate::conclude::{Fate, Finding};
use crate::contestant::Contestant::{self, *};
use crate::explain::rule_code;
use crate::floor::floor;
use crate::quantity::{bytes, count, give_or_take, seconds};
use crate::render;
use crate::report::{Entry, Report};
use crate::results::{self, Cell, NotMeasured, Outcome, Results};
use crate::timelines::{MORE_THREADS_THAN_CORES, ONE_THREAD, Pictures, TICKER};

/// Writes the page about these results, and says where it is.
///
/// # Errors
///
/// If a file cannot be read or written.
pub fn write(results: &Results) -> anyhow::Result<PathBuf> {
    let path = render::folder()?.join("index.html");
    let pictures = Pictures::load()?;
    results::write(&path, &page(results, &pictures))?;
    Ok(path)
}

/// Writes the page about the last run anew.
///
/// # Errors
///
/// If there was no run.
pub fn again() -> anyhow::Result<PathBuf> {
    let results = Results::load(&render::folder()?.join(render::RESULTS))?;
    write(&results)
}

/// Opens the last run's page in a browser, or says where it is.
///
/// # Errors
///
/// If there was no run.
pub fn open() -> anyhow::Result<()> {
    let path = render::folder()?.join("index.html");
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
            .status()
            .is_ok_and(|status| status.success());
    if !opened {
        anstream::println!("{}", path.display());
    }
    Ok(())
}

fn page(results: &Results, pictures: &Pictures) -> String {
    let report = Report::of(results);
    let files = Sources::workloads().flat_map(|sources| {
        TECHNIQUES.map(|technique| {
            (
                format!("{technique}/{}", sources.name()),
                sources.portable(technique),
            )
        })
    });
    let files: BTreeMap<_, _> = files.collect();
    // A script ends at the first `</`, even within a string.
    let files = serde_json::to_string(&files)
        .unwrap_or_default()
        .replace('<', "\\u003c");
    let parts = [
        header(&report, pictures),
        conclusion(results, &report),
        workloads(results, &report),
        Sources::workloads()
            .map(|sources| side_by_side(results, pictures, sources))
            .collect(),
        executions(results, pictures),
        charts_section(results, pictures),
    ];
    format!(
        "<!doctype html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'>\n\
         <meta name='viewport' content='width=device-width, initial-scale=1'>\n\
         <title>The concurrency story, measured</title>\n<style>\n{}{}\n</style>\n</head>\n<body>\n{}\
         <p id='copied' class='sr' role='status'></p>\n\
         <script type='application/json' id='files'>{files}</script>\n<script>\n{}</script>\n</body>\n</html>\n",
        include_str!("page/style.css"),
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
    format!(
        "<header><h1>The concurrency story, measured</h1>\n\
         <p>The same work, done one after another, by threads, by processes and by tasks on an event loop, on this machine.</p>\n\
         <p class='dim'>{}</p>\n{}\
         <nav aria-label='Sections'><ul><li><a href='#conclusion'>Conclusion</a></li><li><a href='#workloads'>Workloads</a></li>{}\
         <li><a href='#executions'>Executions</a></li><li><a href='#charts'>Charts</a></li></ul></nav></header>\n<main>\n",
        lines.join("<br>"),
        troubles.collect::<String>(),
        sections.collect::<String>()
    )
}

fn conclusion(results: &Results, report: &Report) -> String {
    let mut rows = String::new();
    for row in &report.conclusion {
        let _ = write!(
            rows,
            "<tr role='row'><th scope='row' role='rowheader'>{}</th>",
            escape(row.feature)
        );
        for (who, finding) in Contestant::CONCLUDED.into_iter().zip(&row.findings) {
            let _ = match finding {
                Ok(finding) => write!(
                    rows,
                    "<td role='cell' data-who='{who}'>{}</td>",
                    verdict(results, row.feature, who, finding)
                ),
                Err(NotMeasured(reason)) => write!(
                    rows,
                    "<td role='cell' data-who='{who}' class='dim'>not measured: {}</td>",
                    escape(reason)
                ),
            };
        }
        rows += "</tr>\n";
    }
    format!(
        "<section><h2 id='conclusion'>Conclusion</h2>\n\
         <p>What Python's users are told, and what came out here. Every field opens: what is claimed, the rule that judges, what was \
         measured, and the source of the probe.</p>\n{}</section>\n",
        table("Conclusion", "feature", &Contestant::CONCLUDED, &rows)
    )
}

/// A table of results, one column for each contestant.
fn table(name: &str, first: &str, contestants: &[Contestant], rows: &str) -> String {
    let heads = contestants
        .iter()
        .map(|who| format!("<th scope='col' role='columnheader'>{who}</th>"));
    format!(
        "<div class='scroll' tabindex='0' role='region' aria-label='{name}'><table class='results' role='table'>\
         <thead role='rowgroup'><tr role='row'><th scope='col' role='columnheader'>{first}</th>{}</tr></thead>\n\
         <tbody role='rowgroup'>{rows}</tbody></table></div>\n",
        heads.collect::<String>()
    )
}

/// A field of the conclusion table: the verdict, and behind it everything that led to it.
fn verdict(results: &Results, feature: &str, who: Contestant, finding: &Finding) -> String {
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
    if let Some((_, fate)) = finding.claim {
        let _ = write!(
            text,
            "<span class='fate {0}'>claim {0}</span>",
            fate_name(fate)
        );
    }
    text += "</summary><div>";
    if let Some((claim, fate)) = finding.claim {
        let _ = write!(
            text,
            "<h4>Claim</h4><p>“{}”: {}</p>",
            escape(claim),
            fate_name(fate)
        );
    }
    if let Some(rule) = rule_code(feature) {
        let _ = write!(
            text,
            "<h4>Rule</h4><pre class='code'>{}</pre>",
            highlighted(&rule)
        );
    }
    let (experiments, probe) = evidence(feature);
    let samples: String = experiments
        .iter()
        .map(|name| samples_of(results, name, who))
        .collect();
    let climbed = matches!(feature, "scalability" | "memory for each")
        .then(|| climb(results, who))
        .flatten();
    if !samples.is_empty() || climbed.is_some() {
        let _ = write!(
            text,
            "<h4>Samples</h4>{samples}{}",
            climbed.unwrap_or_default()
        );
    }
    let source = probe
        .and_then(Sources::of)
        .and_then(|sources| Some((sources.path, sources.text(who.program())?)));
    if let Some((path, source)) = source {
        let _ = write!(
            text,
            "<h4>{}/src/{path}.rs</h4><pre class='code'>{}</pre>",
            who.program(),
            highlighted(source)
        );
    }
    text + "</div></details>"
}

fn fate_name(fate: Fate) -> &'static str {
    match fate {
        Fate::Holds => "holds",
        Fate::Changed => "changed",
        Fate::Refuted => "refuted",
        Fate::Unsure => "unsure",
    }
}

/// The experiments that a feature's rule looks at, and the probe that makes them.
fn evidence(feature: &str) -> (&'static [&'static str], Option<&'static str>) {
    match feature {
        "scheduling" => (&["ticker"], Some("ticker")),
        "use multiple CPUs" => (&["hashes"], Some("hashes")),
        "scalability" | "memory for each" => (&[], Some("sleepers")),
        "use blocking functions" => (&["blocking", "blocking-offloaded"], Some("sleepers")),
        "start one" => (&["start-one", "start-many"], Some("sleepers")),
        "switch and message" => (&["pingpong-one-core"], Some("pingpong")),
        "one crash takes" => (
            &["crash-error", "crash-panic", "crash-abort"],
            Some("crash"),
        ),
        _ => (&[], None),
    }
}

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
    let mut rows = String::new();
    for row in &report.workloads {
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
            let _ = write!(rows, "<td role='cell' data-who='{who}'>");
            match entry {
                Entry::Timed {
                    wall, above, rank, ..
                } => {
                    let best = if rank.is_some() { " class='best'" } else { "" };
                    let _ = write!(
                        rows,
                        "<details><summary><span{best}>{}</span> <span class='dim'>{}</span>",
                        seconds(wall.median),
                        give_or_take(wall.spread())
                    );
                    if let Some(above) = above {
                        let _ = write!(
                            rows,
                            "<span class='number'>{} of the floor</span>",
                            crate::quantity::times(1.0 + above)
                        );
                    }
                    if let Some(rank) = rank {
                        let word = if rank.tie {
                            "a tie for fastest"
                        } else {
                            "fastest"
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
    format!(
        "<section><h2 id='workloads'>Workloads</h2>\n\
         <p>Wall-clock time from starting the program to its end: the median of the rounds, and half its 95% interval. Every field \
         opens to its samples.</p>\n{}</section>\n",
        table("Workloads", "work", &Contestant::TECHNIQUES, &rows)
    )
}

/// One file of every technique, aligned, with what it measured above and how it ran below.
fn side_by_side(results: &Results, pictures: &Pictures, sources: &Sources) -> String {
    let name = sources.name();
    let lines: Vec<Vec<&str>> = sources
        .texts
        .iter()
        .map(|text| text.lines().collect())
        .collect();
    let mut body = String::new();
    for row in align(&lines) {
        let texts: Vec<&str> = row
            .iter()
            .zip(&lines)
            .map(|(line, file)| line.map_or("", |line| file[line]))
            .collect();
        body += "<tr>";
        for (column, text) in texts.iter().enumerate() {
            let alike = texts
                .iter()
                .filter(|other| other.trim() == text.trim())
                .count();
            let class = match alike {
                _ if alike == texts.len()
                    || (!text.is_empty() && !text.contains(char::is_alphanumeric)) =>
                {
                    ""
                }
                _ if text.is_empty() => " class='none'",
                1 => " class='own'",
                _ => " class='some'",
            };
            let others = texts
                .iter()
                .enumerate()
                .filter(|(other, text)| *other != column && !text.is_empty());
            let others: Vec<_> = others.map(|(_, text)| *text).collect();
            let indent = text.len() - text.trim_start().len();
            let style = if indent > 0 {
                format!(" style='--i:{indent}'")
            } else {
                String::new()
            };
            let _ = write!(
                body,
                "<td{class}{style}>{}</td>",
                line(text.trim_start(), &others)
            );
        }
        body += "</tr>\n";
    }

    let mut heads = String::new();
    for technique in TECHNIQUES {
        let measured: String = sources
            .workloads
            .iter()
            .map(|workload| measured(results, workload, technique))
            .collect();
        let _ = write!(
            heads,
            "<th scope='col'><span class='name'>{technique}</span>\
             <button type='button' class='copy' data-file='{technique}/{name}' aria-label='Copy {technique}/{name}' hidden>copy</button>\
             <dl>{measured}</dl></th>"
        );
    }
    let under: String = sources
        .workloads
        .iter()
        .map(|workload| timelines(pictures, workload))
        .collect();
    let choices = TECHNIQUES
        .map(|technique| format!("<label><input type='checkbox' checked> {technique}</label> "));
    format!(
        "<section class='sources'><h2 id='{name}'>{}</h2>\n\
         <p>{}: <code>src/{}.rs</code> of each technique, as it was compiled. Lines that all have stand on one line without a tint; what \
         only some or only one has is tinted.</p>\n\
         <fieldset class='choice'><legend>Columns</legend>{}</fieldset>\n\
         <div class='scroll' tabindex='0' role='region' aria-label='Sources of {name}'><table class='code'>\
         <thead><tr>{heads}</tr></thead>\n<tbody>{body}</tbody></table></div>\n{under}</section>\n",
        escape(sources.about),
        sources.workloads.join(", "),
        sources.path,
        choices.concat()
    )
}

/// A row of pictures, below the columns: how each technique's run of this workload went.
fn timelines(pictures: &Pictures, workload: &str) -> String {
    let cell = |technique: &str| {
        let runs = Contestant::TECHNIQUES
            .into_iter()
            .filter(|who| who.program() == technique);
        let drawn = runs.filter_map(|who| pictures.timeline(workload, who));
        format!("<div>{}</div>", drawn.collect::<String>())
    };
    let cells = TECHNIQUES.map(cell).concat();
    if cells.contains("<svg") {
        format!("<div class='pictures'>{cells}</div>\n")
    } else {
        String::new()
    }
}

/// A line of source: coloured, and what none of the others has marked.
fn line(text: &str, others: &[&str]) -> String {
    let mut shared = vec![others.is_empty(); pieces(text).len()];
    for other in others {
        for (piece, too) in shared.iter_mut().zip(shared_pieces(text, other)) {
            *piece |= too;
        }
    }
    let mut html = String::new();
    for ((class, piece), shared) in pieces(text).into_iter().zip(shared) {
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
fn highlighted(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(|text| line(text, &[])).collect();
    lines.join("\n")
}

/// What a technique took for a workload: time, CPU, memory.
fn measured(results: &Results, workload: &str, technique: &str) -> String {
    let runs = Contestant::TECHNIQUES
        .into_iter()
        .filter(|who| who.program() == technique);
    let entries = runs.filter_map(|who| {
        let cell = results.cell(workload, who).ok()?;
        let wall = cell.wall().ok()?.median;
        let cpu = cell.estimate(|run| Some(run.cpu())).ok()?.median;
        let peak = cell.peak().map_or(String::new(), |peak| {
            format!(", {}", bytes(peak.memory as f64))
        });
        let (name, kind) = if who == AsyncioMultiThread {
            ("", "on several threads: ")
        } else {
            (workload, "")
        };
        Some(format!(
            "<dt>{name}</dt><dd>{kind}{}, {} CPU{peak}</dd>",
            seconds(wall),
            seconds(cpu)
        ))
    });
    entries.collect()
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
         file in <code>target/compare/timelines/</code>, as SVG and as JSON for ui.perfetto.dev.</p>\n{body}</section>\n"
    )
}

fn charts_section(results: &Results, pictures: &Pictures) -> String {
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
    let ladder = |reading: fn(&results::Run) -> Option<f64>| {
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
    for (workload, rows) in pictures.latencies() {
        let caption = format!("{workload}: how long one request takes");
        figure(&caption, charts::percentiles(&caption, &rows));
    }
    let cost = pictures.cost().map_or(String::new(), |cost| {
        format!("<p class='dim'>{}</p>\n", escape(&cost))
    });
    format!(
        "<section><h2 id='charts'>Charts</h2>\n<p>Lines at the end of a bar are its 95% interval; a dashed line is what no technique can \
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
