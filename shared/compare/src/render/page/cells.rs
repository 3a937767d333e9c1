//! Tables of results, and what a field of them opens to.

use std::fmt::{self, Write as _};

use super::{escape, link_sign};
use crate::judge::finding::Fate;
use crate::judge::threshold::Threshold;
use crate::model::experiment::Cell;
use crate::model::quantity::{bytes, count, seconds};
use crate::model::results::Results;
use crate::model::rows::Row;
use crate::model::run::Outcome;
use crate::model::technique::Contestant;
use crate::render::explain::readings;

/// A table of results, one column for each of these.
pub fn table(name: &str, first: &str, heads: &[&str], rows: &str) -> String {
    let name = escape(name);
    let heads = heads
        .iter()
        .map(|head| format!("<th scope='col' role='columnheader'>{}</th>", escape(head)));
    format!(
        "<div class='scroll' tabindex='0' role='region' aria-label='{name}'><table class='results' role='table' style='--n:{}'>\
         <thead role='rowgroup'><tr role='row'><th scope='col' role='columnheader'>{first}</th>{}</tr></thead>\n\
         <tbody role='rowgroup'>{rows}</tbody></table></div>\n",
        heads.len(),
        heads.collect::<String>()
    )
}

/// The heads of these columns.
pub fn names(columns: &[Contestant]) -> Vec<&'static str> {
    columns.iter().map(|who| who.name()).collect()
}

/// A field of a table that opens: what is seen of it, and what it shows below its row when it is open.
///
/// Its address leads to what is seen of it; a table of which the fields have none gives them none.
pub fn field(who: &str, address: Option<&str>, face: &str, behind: &str) -> String {
    let (id, here) = match address {
        Some(address) => (
            format!(" id='{}'", escape(address)),
            link_sign(address, address),
        ),
        None => (String::new(), String::new()),
    };
    format!(
        "<td role='cell'><div class='face' data-who='{}'{id}><details><summary>{face}</summary></details>{here}</div>\
         <div class='behind'>{behind}</div></td>",
        escape(who)
    )
}

/// A field that does not open.
pub fn plain(who: &str, face: &str) -> String {
    format!(
        "<td role='cell'><div class='face' data-who='{}'>{face}</div></td>",
        escape(who)
    )
}

/// The head of a row, with what it opens to, if anything.
pub fn row_head(face: &str, behind: Option<&str>) -> String {
    match behind {
        Some(behind) => format!(
            "<th scope='row' role='rowheader'><div class='face'><details><summary>{face}</summary></details></div>\
             <div class='behind'>{behind}</div></th>"
        ),
        None => format!("<th scope='row' role='rowheader'><div class='face'>{face}</div></th>"),
    }
}

/// The head of a row that has a note in small print.
pub fn noted_row_head(name: &str, note: &str) -> String {
    let (name, note) = (escape(name), escape(note));
    row_head(&format!("{name}<span class='number'>{note}</span>"), None)
}

/// A rule in words, and its thresholds.
pub fn rule_text(words: &str, thresholds: &[Threshold]) -> String {
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

/// The remark on a number that other programs disturbed.
pub const NOISY: &str = "<span class='fate noisy'>noisy</span>";

/// What was read off one contestant's part in an experiment, run by run.
pub fn samples_of(results: &Results, name: Row, who: Contestant) -> String {
    results
        .cell(name, who)
        .map(|cell| samples(name, cell))
        .unwrap_or_default()
}

pub fn samples(name: impl fmt::Display, cell: &Cell) -> String {
    let mut lines = format!("{name}: {} {}\n", cell.runner, cell.arguments.join(" "));
    for (round, outcome) in cell.rounds.iter().enumerate() {
        let _ = match outcome {
            Outcome::Ran(run) => {
                let readings = readings(run).into_iter();
                let readings: String = readings.map(|reading| format!(", {reading}")).collect();
                writeln!(
                    lines,
                    "round {}: {}, its work alone {}, {} of CPU{readings}",
                    round + 1,
                    seconds(run.wall),
                    seconds(run.seconds),
                    seconds(run.cpu())
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
pub fn climb(results: &Results, who: Contestant) -> Option<String> {
    let ladder = results.ladder(who).ok()?;
    let mut lines = String::new();
    for step in &ladder.steps {
        let units = count(step.units);
        let _ = match step.outcome.run() {
            Some(run) => writeln!(
                lines,
                "{units} asleep for {}: {}{}",
                seconds(step.nap),
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

/// The class of a fate in the page's style, which gives it a colour and a sign.
pub fn class(fate: Fate) -> &'static str {
    match fate {
        Fate::Holds => "holds",
        Fate::InPart => "in-part",
        Fate::Refuted => "refuted",
        Fate::Unsure => "undecided",
    }
}
