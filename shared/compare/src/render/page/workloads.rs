//! What the workloads took, from a good network and from a bad one.

use std::fmt::Write as _;

use super::cells::{NOISY, field, names, plain, row_head, samples_of, table};
use super::{escape, heading};
use crate::judge::ranking::Place;
use crate::judge::report::Report;
use crate::judge::workload::{Entry, Workload};
use crate::model::quantity::{give_or_take, seconds, times};
use crate::model::results::Results;
use crate::model::technique::Contestant;
use crate::render::explain::address;

/// The section.
pub fn section(results: &Results, report: &Report) -> String {
    format!(
        "<section>{}\n\
         <p>Wall-clock time from the start of the program to its end: the median of the rounds, ± half the interval that holds the true \
         median in 95% of all cases. The floor is the least time that the work takes in any technique. asyncio-multi-thread is \
         asyncio's program on a loop of several threads. Every field opens to its samples.</p>\n{}</section>\n",
        heading(2, "workloads", "Workloads"),
        table(
            "Workloads",
            "work",
            &names(&results.columns(&Contestant::COLUMNS)),
            &timed(results, &report.workloads)
        )
    )
}

/// What a bad network costs; nothing if none was asked for.
pub fn bad_network(results: &Results, report: &Report) -> String {
    let Some(network) = &report.network else {
        return String::new();
    };
    let mut rows = timed(results, &network.rows);
    let columns = results.columns(&Contestant::COLUMNS);
    for (label, values) in &network.lines {
        let _ = write!(rows, "<tr role='row'>{}", row_head(label, None));
        let values = Contestant::COLUMNS.into_iter().zip(values);
        for (who, value) in values.filter(|(who, _)| columns.contains(who)) {
            rows += &plain(who.name(), &escape(value));
        }
        rows += "</tr>\n";
    }
    let ends = network.ends.iter();
    format!(
        "<section>{}\n\
         <p>The same pages within the same limits, from a server that behaves and from one that does not. All techniques meet the \
         same faults.</p>\n{}{}</section>\n",
        heading(2, "bad-network", "Bad network"),
        ends.map(|sentence| format!("<p>{}</p>\n", escape(sentence)))
            .collect::<String>(),
        table(
            "Bad network",
            "work",
            &names(&results.columns(&Contestant::COLUMNS)),
            &rows
        )
    )
}

/// A row for each of these, with a field for each technique that opens to its samples.
fn timed(results: &Results, workloads: &[Workload]) -> String {
    let mut rows = String::new();
    let columns = results.columns(&Contestant::COLUMNS);
    for row in workloads {
        let _ = write!(
            rows,
            "<tr role='row'>{}",
            row_head(
                &format!(
                    "{}<span class='number'>{}</span>{}",
                    row.name,
                    escape(&row.label),
                    row.floor.map_or(String::new(), |floor| format!(
                        "<span class='number'>floor {}</span>",
                        seconds(floor)
                    ))
                ),
                None
            )
        );
        let entries = Contestant::COLUMNS.into_iter().zip(&row.entries);
        for (who, entry) in entries.filter(|(who, _)| columns.contains(who)) {
            rows += &match entry {
                Entry::Timed { .. } => field(
                    who.name(),
                    Some(&address(who, row.name)),
                    &face(entry),
                    &format!(
                        "<h3>{who}: {}</h3>{}",
                        row.name,
                        samples_of(results, row.name, who)
                    ),
                ),
                without => {
                    let class = match without {
                        Entry::Failed => "refuted",
                        _ => "dim",
                    };
                    let word = without.word().unwrap_or_default();
                    plain(who.name(), &format!("<span class='{class}'>{word}</span>"))
                }
            };
        }
        rows += "</tr>\n";
    }
    rows
}

/// What is seen of a time: itself, its interval, how fast that is, its distance from the floor, and its place.
fn face(entry: &Entry) -> String {
    let Entry::Timed {
        wall,
        distance,
        noisy,
        factor,
        place,
    } = entry
    else {
        return String::new();
    };
    let best = if place.is_some() { " class='best'" } else { "" };
    let mut text = format!(
        "<span{best}>{}</span> <span class='dim'>{}</span>",
        seconds(wall.median),
        give_or_take(wall.spread())
    );
    if let Some(factor) = factor {
        let _ = write!(
            text,
            "<span class='number'>{} as fast as sequential</span>",
            times(factor.middle)
        );
    }
    if let Some(distance) = distance {
        let _ = write!(text, "<span class='number'>{distance}</span>");
    }
    if *noisy {
        text += NOISY;
    }
    if let Some(place) = place {
        let (class, word) = match place {
            Place::Fastest => ("holds", "fastest"),
            Place::Equal => ("holds", "equal within 3%"),
            Place::Undecided { .. } | Place::Disturbed => ("undecided", "not decided"),
        };
        let _ = write!(text, "<span class='fate {class}'>{word}</span>");
    }
    text
}
