//! A reader's own work on a terminal, as a page and as files: one item, what it foretells, the row, the verdict, the code.

mod code;

use std::fs;
use std::path::Path;

use anyhow::Context;
use serde_json::to_string_pretty;

use super::sections::{Part, Section, placed};
use super::table::{Cell as Field, Column, Table, Tone};
use super::{page, schema, terminal};
use crate::judge::answer::Sentence;
use crate::judge::finding::{LESS, MORE};
use crate::judge::guidance::law;
use crate::judge::own::{Verdict, nature, verdict, workers};
use crate::judge::ranking::ranking;
use crate::judge::screening;
use crate::judge::workload::Distance;
use crate::model::difference::EQUAL;
use crate::model::options::wrong;
use crate::model::own::{Card, Own, Program, TECHNIQUES};
use crate::model::places;
use crate::model::quantity::{self, bytes, count, give_or_take, plain_seconds, seconds, times};
use crate::model::source::Handed;
use crate::model::store;
use crate::model::technique::Contestant::*;
use crate::output;

/// All that was found out, as JSON.
const RESULTS: &str = "work.json";
/// What that may look like, as a JSON Schema.
const SCHEMA: &str = "work.schema.json";
/// Each run, as CSV.
const RUNS: &str = "work.csv";
/// The file that WORK=new writes.
const NEW: &str = "work.rs";

/// Writes a file to start from, here.
///
/// # Errors
///
/// If there is one already, or it cannot be written.
pub fn new_file() -> anyhow::Result<()> {
    let path = Path::new(NEW);
    if path.exists() {
        return Err(wrong(format!(
            "{NEW} is here already: rename it, or measure it with WORK={NEW}"
        ))
        .into());
    }
    fs::write(path, include_str!("own/new.rs")).with_context(|| format!("cannot write {NEW}"))?;
    output::print(&format!(
        "{NEW} is written. It runs as it is: make compare WORK={NEW}\n"
    ))
}

/// Prints one item and what it foretells.
///
/// # Errors
///
/// If it cannot be printed.
pub fn first(own: &Own) -> anyhow::Result<()> {
    output::print(&terminal::printed(
        &[card(own), foretold(own)],
        terminal::width(),
    ))
}

/// Prints the row, the verdict and where the code is, and writes the files.
///
/// # Errors
///
/// If it cannot be printed, or a file cannot be written.
pub fn rest(own: &mut Own, folder: &Path, handed: &Handed) -> anyhow::Result<()> {
    let verdict = verdict(own);
    own.program = match verdict.winner.or(verdict.foretold) {
        Some(technique) => Some(code::write(own, technique, handed, folder)?),
        None => None,
    };
    let own = &*own;
    let shown = |mut sections: Vec<Section>| {
        sections.retain(|section| !section.parts.is_empty());
        sections
    };
    let sections = shown(vec![row(own), sweeps(own), answer(own, &verdict)]);
    let printed = output::print(&terminal::printed(&sections, terminal::width()));
    let [results, runs, html] = [RESULTS, RUNS, page::FILE].map(|name| folder.join(name));
    store::write(&results, &(to_string_pretty(own)? + "\n"))?;
    store::write(&folder.join(SCHEMA), &schema::of_work()?)?;
    store::write(&runs, &csv(own))?;
    // A page is read from its top.
    let first = shown(vec![card(own), answer(own, &verdict)]);
    let rest = shown(vec![foretold(own), row(own), sweeps(own)]);
    let section = page::own::section(&first, own.program.as_ref(), &rest);
    store::write(&html, &page::own::page(own, &section))?;
    store::write(&places::own()?.join(page::own::LATEST), &section)?;
    // The page of the last comparison begins with it, if there was one.
    let _ = page::again();
    printed?;
    output::print(&kept(own.program.as_ref(), &html))
}

fn kept(program: Option<&Program>, page: &Path) -> String {
    let code = program.map_or_else(String::new, |program| match &program.path {
        Some(path) => format!(
            "\nThe program, which runs alone:\n{path}\n\n    {}\n",
            program.command
        ),
        None => format!("\nWithout measuring:\n\n    {}\n", program.command),
    });
    format!(
        "{code}\nThe page:\n{}\nBeside it: {RESULTS}, {SCHEMA}, {RUNS}\n",
        page.display()
    )
}

/// One item.
fn card(own: &Own) -> Section {
    let title = "Your work";
    let note = format!("{}: {}", items(own.listed), own.subject.name);
    let mut answers = Vec::new();
    let mut say = |subject: &'static str, text: String| answers.push(Sentence { subject, text });
    if let Some(fatal) = &own.fatal {
        say(
            "Fatal",
            format!("one after another the work ends its process: {fatal}"),
        );
    }
    if let Some(card) = &own.card {
        say("One item", one_item(own, card));
        if let Some(memory) = card.memory {
            say(
                "Memory",
                format!("{} one after another", bytes(memory as f64)),
            );
        }
        if let Some([item, answer]) = card.bytes {
            let text = format!("{} to a process, and {} back", bytes(item), bytes(answer));
            say("Messages", text);
        }
        say("Answers", answers_of(card));
    }
    Section::new(title, note, vec![Part::Answers(answers)])
}

fn one_item(own: &Own, card: &Card) -> String {
    let [mean, shortest, longest] = card.seconds;
    let range = match card.items {
        1 => String::new(),
        // Short items are done again and again, and their mean is that of warm ones.
        _ if mean < shortest => format!(
            " ({} to {} the first time)",
            seconds(shortest),
            seconds(longest)
        ),
        _ => format!(" ({} to {})", seconds(shortest), seconds(longest)),
    };
    let looked = match card.items == own.total {
        true => String::new(),
        false => format!("; {} of them were looked at", count(card.items as u64)),
    };
    format!("{}{range}; it {}{looked}", seconds(mean), nature(card))
}

fn answers_of(card: &Card) -> String {
    let same = match card.same {
        Some(true) => "the same twice",
        Some(false) => "another each time, so they are not compared between techniques",
        None => "each item was done once",
    };
    let failures = card.failures.iter();
    let failures: Vec<_> = failures
        .map(|(why, items)| format!("{why} ({items})"))
        .collect();
    match failures.is_empty() {
        true => same.to_owned(),
        false => format!(
            "{same}; items without one are left out of all times: {}",
            failures.join(", ")
        ),
    }
}

fn items(total: usize) -> String {
    match total {
        1 => "1 item".to_owned(),
        total => format!("{} items", count(total as u64)),
    }
}

/// What follows from one item and from what techniques cost on this machine, before anything is measured.
fn foretold(own: &Own) -> Section {
    let title = "Prediction";
    let note = format!(
        "for {}, from one item and what a thread, a process and a task cost on this machine",
        items(own.measured)
    );
    let alone = own.predictions.iter().find(|it| it.who == Sequential);
    let Some(alone) = alone else {
        return Section::new(
            title,
            "none: an item that ends its process has no time",
            Vec::new(),
        );
    };
    let mut sorted = own.predictions.clone();
    sorted.sort_by(|one, other| one.seconds.total_cmp(&other.seconds));
    let others = sorted.iter().filter(|it| it.who != Sequential).map(|it| {
        let who = workers(it.who, it.workers, own.subject.awaits);
        format!("{who} {}", times(alone.seconds / it.seconds))
    });
    let text = others.collect::<Vec<_>>().join(", ");
    Section::new(title, note, vec![Part::List(vec![text])])
}

/// The measured row.
fn row(own: &Own) -> Section {
    let ranking = ranking(&own.row);
    let mut table = Table::new([
        ("technique", Column::Words),
        ("workers", Column::Numbers),
        ("seconds", Column::Numbers),
        ("times as fast", Column::Numbers),
        ("place", Column::Words),
        ("memory", Column::Numbers),
    ]);
    for who in TECHNIQUES {
        let Some(cell) = own.row.cell(who) else {
            continue;
        };
        let name = Field::line([(Tone::Strong, who.name().to_owned())]);
        let width = own.workers.get(&who).copied().unwrap_or(1);
        let wall = match cell.wall() {
            Ok(wall) => wall,
            Err(error) => {
                let why = Field::line([(Tone::Bad, error.reason())]);
                let nothing = Field::nothing;
                table.add([
                    name,
                    Field::plain(width.to_string()),
                    nothing(),
                    nothing(),
                    why,
                    nothing(),
                ]);
                continue;
            }
        };
        let factor = ranking.as_ref().and_then(|row| row.factor(Sequential, who));
        let place = match (
            screening::noisy(cell),
            ranking.as_ref().and_then(|row| row.place(who)),
        ) {
            (true, _) => (Tone::Noisy, "NOISY".to_owned()),
            (_, Some(place)) => (placed(place), place.word().to_owned()),
            _ => (Tone::Dim, String::new()),
        };
        let factor = match who {
            Sequential => Field::plain("1"),
            _ => factor.map_or_else(Field::nothing, |factor| Field::plain(times(factor.middle))),
        };
        let memory = cell.peak().map_or_else(Field::nothing, |peak| {
            Field::plain(bytes(peak.memory as f64))
        });
        table.add([
            name,
            Field::plain(width.to_string()),
            Field::line([
                (Tone::Strong, short(wall.median)),
                (Tone::Dim, give_or_take(wall.spread())),
            ]),
            factor,
            Field::line([place]),
            memory,
        ]);
    }
    let rounds = own.row.cells.iter().map(|cell| cell.rounds.len()).max();
    let note = format!(
        "{} in each technique, {} rounds in turn; each item was done about {} times in all",
        items(own.measured),
        rounds.unwrap_or_default(),
        count(own.times_done.round() as u64)
    );
    let mut parts = vec![Part::Table(table)];
    parts.extend(floor_of(own).map(|line| Part::List(vec![line])));
    let left_out = own.left_out.iter();
    parts.extend(left_out.map(|(who, why)| Part::List(vec![format!("Without {who}: {why}.")])));
    Section::new("Measured", note, parts)
}

/// What no technique can beat.
fn floor_of(own: &Own) -> Option<String> {
    let card = own.card.as_ref()?;
    let cores = own.machine.cores as f64;
    let alone = own.row.cell(Sequential)?.wall().ok()?;
    let computing = alone.median * card.cores() / cores;
    let floor = computing.max(card.seconds[2]);
    let walls = own
        .row
        .cells
        .iter()
        .filter_map(|cell| Some(cell.wall().ok()?.median));
    let best = walls.min_by(f64::total_cmp)?;
    let distance = Distance::of(best / floor - 1.0, EQUAL);
    let why = match computing >= card.seconds[2] {
        true => format!(
            "the computing of all items on {}",
            quantity::cores(cores as u64)
        ),
        false => "the longest item".to_owned(),
    };
    Some(format!(
        "No technique can take less than {}: {why}. The fastest is {distance}.",
        seconds(floor)
    ))
}

/// Seconds, however few.
fn short(time: f64) -> String {
    match time {
        time if time >= 0.1 => plain_seconds(time),
        time => seconds(time),
    }
}

/// How speed grows with workers.
fn sweeps(own: &Own) -> Section {
    let mut widths: Vec<usize> = own
        .sweeps
        .iter()
        .flat_map(|it| &it.points)
        .map(|it| it.0)
        .collect();
    widths.sort_unstable();
    widths.dedup();
    let Some(alone) = own.row.cell(Sequential).and_then(|cell| cell.wall().ok()) else {
        return Section::new("Workers", "", Vec::new());
    };
    let heads = widths
        .iter()
        .map(|width| (width.to_string(), Column::Numbers));
    let mut table = Table::new([(String::new(), Column::Words)].into_iter().chain(heads));
    for sweep in &own.sweeps {
        let at = |width: &usize| {
            let point = sweep.points.iter().find(|(workers, _)| workers == width);
            point.map_or_else(Field::nothing, |(_, seconds)| {
                Field::plain(times(alone.median / seconds))
            })
        };
        let name = Field::line([(Tone::Strong, sweep.who.name().to_owned())]);
        table.add([name].into_iter().chain(widths.iter().map(at)));
    }
    if table.is_empty() {
        return Section::new("Workers", "", Vec::new());
    }
    let mut parts = vec![Part::Table(table)];
    // What waits needs no cores, and its curve follows the waits.
    if own.card.as_ref().is_some_and(Card::computes) {
        let laws: Vec<_> = own
            .sweeps
            .iter()
            .filter_map(|sweep| {
                let speedups = sweep.points.iter();
                let speedups =
                    speedups.map(|(workers, seconds)| (*workers as f64, alone.median / seconds));
                let law = law(&speedups.collect::<Vec<_>>(), own.machine.cores as f64)?;
                Some(format!("{}:{}", sweep.who, law.sentence()))
            })
            .collect();
        if !laws.is_empty() {
            parts.push(Part::List(laws));
        }
    }
    let note = "times as fast as one after another, with so many workers; one run each";
    Section::new("Workers", note, parts)
}

fn answer(own: &Own, verdict: &Verdict) -> Section {
    let mut sentences = verdict.sentences.clone();
    sentences.extend(foresight(own, verdict));
    Section::new("Verdict", "", vec![Part::List(vec![sentences.join(" ")])])
}

/// Whether the prediction was right: the technique, and its time.
fn foresight(own: &Own, verdict: &Verdict) -> Option<String> {
    if !own.lost.is_empty() {
        return None;
    }
    let foretold = crate::judge::own::foretold(own)?;
    let winner = verdict.winner?;
    let came = foretold.iter().any(|who| verdict.unbeaten.contains(who));
    let names: Vec<_> = foretold.iter().map(|who| who.name()).collect();
    let predicted = own.predictions.iter().find(|it| it.who == winner);
    let measured = own.row.cell(winner).and_then(|cell| cell.wall().ok());
    Some(match (came, predicted, measured) {
        (true, Some(predicted), Some(measured)) => {
            let ratio = measured.median / predicted.seconds;
            match (LESS.value..=MORE.value).contains(&ratio) {
                true => RIGHT.to_owned(),
                false => format!(
                    "The prediction named the right technique, but {} for it.",
                    seconds(predicted.seconds)
                ),
            }
        }
        (true, ..) => RIGHT.to_owned(),
        (false, ..) => format!("The prediction was wrong: it named {}.", names.join(" or ")),
    })
}

/// Of a prediction that named the technique and its time.
const RIGHT: &str = "The prediction was right.";

/// A line for each run.
fn csv(own: &Own) -> String {
    let mut text = "technique,workers,round,seconds,user,system,failure\n".to_owned();
    for (who, cell) in own.row.contestants() {
        let workers = own.workers.get(&who).copied().unwrap_or(1);
        for (round, outcome) in cell.rounds.iter().enumerate() {
            let numbers = match outcome.run() {
                Some(run) => format!("{},{},{},", run.wall, run.user, run.system),
                None => {
                    let why = outcome.failure().unwrap_or_default().replace('"', "\"\"");
                    format!(",,,\"{why}\"")
                }
            };
            text += &format!("{who},{workers},{},{numbers}\n", round + 1);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::model::own::Prediction;

    #[test]
    fn a_prediction_comes_true_in_technique_and_time_or_says_what_it_missed() {
        let said = |who, predicted| {
            let own = fixtures::own([0.4, 0.2, 0.3, 0.3], |own| {
                own.predictions = vec![Prediction {
                    who,
                    workers: 2,
                    seconds: predicted,
                }];
            });
            foresight(&own, &verdict(&own)).unwrap()
        };
        assert_eq!(said(Threading, 0.17), "The prediction was right.");
        assert_eq!(said(Threading, 0.24), "The prediction was right.");
        let missed = "The prediction named the right technique, but 120 ms for it.";
        assert_eq!(said(Threading, 0.12), missed);
        let missed = "The prediction named the right technique, but 260 ms for it.";
        assert_eq!(said(Threading, 0.26), missed);
        let other = "The prediction was wrong: it named asyncio.";
        assert_eq!(said(Asyncio, 0.2), other);
    }
}
