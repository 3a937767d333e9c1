//! The parts of the report, before it is known where they are printed.

use std::fmt::Display;

use super::table::{Cell, Column, Piece, Table, Tone};
use crate::judge::answer::Sentence;
use crate::judge::changes::{Changes, DRIFT};
use crate::judge::claims::Claim;
use crate::judge::conclusion::Row;
use crate::judge::factors::Factors;
use crate::judge::finding::{Evidence, Fate, Finding};
use crate::judge::latency::{self, SHARES};
use crate::judge::needs::{self, Service};
use crate::judge::network::BadNetwork;
use crate::judge::ranking::Place;
use crate::judge::report::{Beside, Report};
use crate::judge::resources::Resources;
use crate::judge::servers::Servers;
use crate::judge::workload::{Distance, Entry, Workload};
use crate::model::difference::{EQUAL, Factor};
use crate::model::experiment::NotMeasured;
use crate::model::quantity::{give_or_take, more, percent, plain_seconds, seconds, times};
use crate::model::technique::Contestant;

/// A part of the report.
#[derive(Debug)]
pub struct Section {
    /// Its name, and what one has to know to read it.
    pub title: &'static str,
    pub note: String,
    /// What stands in it, in this order.
    pub parts: Vec<Part>,
}

/// What stands in a section.
#[derive(Debug)]
pub enum Part {
    /// Sentences, each of which stands by itself.
    List(Vec<String>),
    /// Questions and their answers.
    Answers(Vec<Sentence>),
    Table(Table),
}

impl Section {
    pub fn new(title: &'static str, note: impl Into<String>, parts: Vec<Part>) -> Self {
        Self {
            title,
            note: note.into(),
            parts,
        }
    }
}

/// The whole report; a section of which nothing was measured is left out.
pub fn all(report: &Report) -> Vec<Section> {
    let mut sections = first(report);
    sections.extend([
        list("Machine", "", &report.header),
        workloads(&report.workloads),
        list("How sure", "checks before the ranking", &report.gates),
        resources(&report.resources),
        servers(&report.servers),
        latencies(&report.latencies),
    ]);
    sections.extend([
        list(
            "Floors",
            "the least time that the work takes in any technique; the bare loop does the work without one",
            &report.floors,
        ),
        list(
            "Ladder",
            "how many units can sleep at once: each step starts more, until a limit is near",
            &report.ladders,
        ),
        list(
            "Break-evens",
            "from where on a technique pays, and how its speed grows",
            &report.guidance.sentences,
        ),
    ]);
    sections.extend(beside(&report.beside));
    sections.push(list("Troubles", "", &report.troubles));
    measured(sections)
}

/// What a reader wants to know first: the answer, the conclusion, what to use when, and what a bad network costs, if that was
/// asked for.
pub fn first(report: &Report) -> Vec<Section> {
    let answer = Section::new(
        "The answer",
        report.in_short.clone(),
        vec![Part::Answers(report.answer.clone())],
    );
    let network = report.network.as_ref().map(bad_network);
    measured(
        [answer, conclusion(report), when_to_use(report)]
            .into_iter()
            .chain(network)
            .collect(),
    )
}

/// What went wrong, or was not asked for.
pub fn remarks(report: &Report) -> Vec<Section> {
    measured(vec![list("Troubles", "", &report.troubles)])
}

fn measured(sections: Vec<Section>) -> Vec<Section> {
    let something = |part: &Part| match part {
        Part::List(sentences) => !sentences.is_empty(),
        Part::Answers(sentences) => !sentences.is_empty(),
        Part::Table(table) => !table.is_empty(),
    };
    let sections = sections.into_iter();
    sections
        .filter(|section| section.parts.iter().any(something))
        .collect()
}

fn list(title: &'static str, note: &str, sentences: &[String]) -> Section {
    Section::new(title, note, vec![Part::List(sentences.to_vec())])
}

/// A table with a column for each of these techniques.
fn for_each<const N: usize>(
    corner: &str,
    who: [Contestant; N],
    column: Column,
) -> Vec<(String, Column)> {
    let heads = who.map(|who| (who.name().to_owned(), column));
    [(corner.to_owned(), Column::Words)]
        .into_iter()
        .chain(heads)
        .collect()
}

/// The name of a row, and what it is.
fn named(name: impl Display, label: &str) -> Cell {
    Cell::lines([
        (Tone::Strong, name.to_string()),
        (Tone::Dim, label.to_owned()),
    ])
}

/// A value, of which `-` says that there is none.
fn value(text: &str) -> Cell {
    match text {
        "-" => Cell::nothing(),
        text => Cell::plain(text),
    }
}

/// What the workloads took.
pub fn workloads(workloads: &[Workload]) -> Section {
    let mut heads = for_each("seconds", Contestant::COLUMNS, Column::Numbers);
    heads.push(("floor".to_owned(), Column::Numbers));
    let mut table = Table::new(heads);
    for workload in workloads {
        let mut row = vec![named(workload.name, &workload.label)];
        row.extend(workload.entries.iter().map(entry));
        row.push(
            workload
                .floor
                .map_or(Cell::nothing(), |floor| Cell::plain(plain_seconds(floor))),
        );
        table.add(row);
    }
    Section::new(
        "Workloads",
        "median ±, x sequential's speed, place, + above floor (the least time)",
        vec![Part::Table(table)],
    )
}

fn entry(entry: &Entry) -> Cell {
    let Entry::Timed {
        wall,
        distance,
        noisy,
        factor,
        place,
    } = entry
    else {
        let word = entry.word().unwrap_or_default().to_owned();
        return match entry {
            Entry::Failed => Cell::line([(Tone::Bad, word)]),
            Entry::NotRun => Cell::line([(Tone::Dim, word)]),
            _ => Cell::nothing(),
        };
    };
    let tone = if place.is_some() {
        Tone::Strong
    } else {
        Tone::Plain
    };
    let mut pieces = vec![(tone, plain_seconds(wall.median))];
    if wall.spread() > WORTH_SAYING {
        pieces.push((Tone::Dim, give_or_take(wall.spread())));
    }
    pieces.extend(factor.map(|factor| (Tone::Plain, times(factor.middle))));
    pieces.extend(place.map(|place| (placed(place), place.word().to_owned())));
    if *noisy {
        pieces.push((Tone::Noisy, "NOISY".to_owned()));
    }
    pieces.extend(distance.map(|distance| {
        let text = match distance {
            Distance::None => "at the floor".to_owned(),
            Distance::Above(share) => more(share),
            Distance::Within(share) => format!("≤{}", more(share)),
            Distance::Disturbed => "floor disturbed".to_owned(),
        };
        (Tone::Dim, text)
    }));
    Cell::line(pieces)
}

/// Half an interval above this share of the median stands beside it.
const WORTH_SAYING: f64 = 0.02;

/// The verdicts, with what becomes of the claims.
pub fn conclusion(report: &Report) -> Section {
    let mut parts = vec![Part::Table(verdicts(&report.conclusion, finding))];
    parts.extend(report.left_out.clone().map(|line| Part::List(vec![line])));
    Section::new(
        "Conclusion",
        "the verdict, its number, and whether the claim of Python's documents holds",
        parts,
    )
}

/// A row for each question, with a cell for each technique.
pub fn verdicts(rows: &[Row], cell: fn(&Finding) -> Vec<Piece>) -> Table {
    let mut table = Table::new(for_each("", Contestant::VERDICTS, Column::Words));
    for row in rows {
        let subject = Cell::line([(Tone::Strong, row.rule.subject.to_owned())]);
        let cells = row.findings.iter().map(|found| match found {
            Ok(found) => Cell::lines(cell(found)),
            Err(NotMeasured::LeftOut(_)) => Cell::nothing(),
            Err(missing) => Cell::line([(Tone::Dim, missing.to_string())]),
        });
        table.add([subject].into_iter().chain(cells));
    }
    table
}

fn finding(finding: &Finding) -> Vec<Piece> {
    let mut pieces = vec![(Tone::Strong, finding.verdict.clone())];
    if !finding.number.is_empty() {
        pieces.push((Tone::Plain, finding.number.clone()));
    }
    if finding.noisy {
        pieces.push((Tone::Noisy, "NOISY".to_owned()));
    }
    pieces.extend(
        finding
            .claim
            .map(|(claim, fate)| (tone(fate), format!("\"{claim}\" {}", fate.words()))),
    );
    pieces
}

/// The verdict alone, with a claim that does not hold.
pub fn in_short(finding: &Finding) -> Vec<Piece> {
    let mut pieces = vec![(Tone::Plain, finding.verdict.clone())];
    if finding.noisy {
        pieces.push((Tone::Noisy, "NOISY".to_owned()));
    }
    let claim = finding.claim.filter(|(_, fate)| *fate != Fate::Holds);
    pieces.extend(claim.map(|(claim, fate)| (tone(fate), format!("\"{claim}\" {}", fate.words()))));
    pieces
}

fn tone(fate: Fate) -> Tone {
    match fate {
        Fate::Holds => Tone::Good,
        Fate::InPart => Tone::Mixed,
        Fate::Refuted => Tone::Bad,
        Fate::Unsure => Tone::Open,
    }
}

/// The tone of a place.
pub fn placed(place: Place) -> Tone {
    match place {
        Place::Fastest | Place::Equal => Tone::Good,
        Place::Undecided { .. } | Place::Disturbed => Tone::Open,
    }
}

/// A row for each need, with what each technique does for it.
pub fn when_to_use(report: &Report) -> Section {
    let mut table = Table::new(for_each("for", Contestant::TECHNIQUES, Column::Words));
    for needs::Line { need, entries } in &report.needs {
        let cells = entries.iter().map(|entry| {
            entry
                .as_ref()
                .map_or(Cell::nothing(), |entry| Cell::lines(serving(entry)))
        });
        let name = named(need.words(), need.label());
        table.add([name].into_iter().chain(cells));
    }
    Section::new(
        "When to use",
        "serves: surely within 3% of the fastest; no word: surely not",
        vec![Part::Table(table)],
    )
}

fn serving(entry: &needs::Entry) -> Vec<Piece> {
    let (number, word) = match entry.service {
        Service::Well => (Tone::Strong, Tone::Good),
        Service::Perhaps => (Tone::Plain, Tone::Open),
        Service::Dearly(_) => (Tone::Plain, Tone::Mixed),
        Service::Not => (Tone::Dim, Tone::Dim),
    };
    let mut pieces = vec![(number, entry.number.clone())];
    pieces.retain(|(_, text)| !text.is_empty());
    pieces.extend(entry.service.words().map(|words| (word, words)));
    pieces
}

fn resources(resources: &[Resources]) -> Section {
    let mut table = Table::new(for_each("in one run", Contestant::COLUMNS, Column::Numbers));
    for Resources { name, lines } in resources {
        for (label, values) in lines {
            let row = Cell::line([
                (Tone::Strong, name.to_string()),
                (Tone::Plain, (*label).to_owned()),
            ]);
            table.add(
                [row]
                    .into_iter()
                    .chain(values.iter().map(|text| value(text))),
            );
        }
    }
    Section::new(
        "Resources",
        "all processes of a program together. Private memory is shared with no other process. Ready: from a task's wake-up to its \
         turn on the event loop. In queues: threads that are ready, without a core. CPU pressure: the share of the time in which \
         there is such a thread",
        vec![Part::Table(table)],
    )
}

fn latencies(rows: &[latency::Row]) -> Section {
    let mut table = Table::new(for_each(
        "one request",
        Contestant::COLUMNS,
        Column::Numbers,
    ));
    for row in rows {
        for (place, (share, _)) in SHARES.into_iter().enumerate() {
            let name = Cell::line([
                (Tone::Strong, row.name.to_string()),
                (Tone::Plain, share.to_owned()),
            ]);
            let time = |spread: &Option<latency::Spread>| match spread
                .and_then(|spread| spread.sure(place))
            {
                Some(time) => Cell::plain(seconds(time)),
                None => Cell::nothing(),
            };
            let mut spreads = row.spreads.iter().flatten();
            if spreads.any(|spread| spread.sure(place).is_some()) {
                table.add([name].into_iter().chain(row.spreads.iter().map(time)));
            }
        }
    }
    Section::new(
        "Latencies",
        "of single requests, all rounds together; a percentile of too few requests is left out",
        vec![Part::Table(table)],
    )
}

fn servers(servers: &Servers) -> Section {
    let mut table = Table::new(for_each("", Contestant::TECHNIQUES, Column::Numbers));
    for (label, values) in &servers.lines {
        let row = [Cell::plain(label)].into_iter();
        table.add(row.chain(values.iter().map(|text| value(text))));
    }
    Section::new(
        "Servers",
        "under a load that does not wait for answers, over 64 connections; medians of the rounds",
        vec![Part::Table(table), Part::List(servers.notes.clone())],
    )
}

fn bad_network(network: &BadNetwork) -> Section {
    let mut times = Table::new(for_each("seconds", Contestant::COLUMNS, Column::Numbers));
    for row in &network.rows {
        let cells = row.entries.iter().map(entry);
        times.add([named(row.name, &row.label)].into_iter().chain(cells));
    }
    let mut counts = Table::new(for_each("", Contestant::COLUMNS, Column::Numbers));
    for (label, values) in &network.lines {
        let row = [Cell::plain(*label)].into_iter();
        counts.add(row.chain(values.iter().map(|text| value(text))));
    }
    Section::new(
        "Bad network",
        "the same pages, the same limits, the same faults",
        vec![
            Part::List(network.ends.clone()),
            Part::Table(times),
            Part::Table(counts),
        ],
    )
}

/// Python's part: the factors of each interpreter, and the claims; without Python only the claims.
fn beside(beside: &Beside) -> Vec<Section> {
    let mut sections: Vec<_> = beside.factors.iter().map(factors_section).collect();
    let note = match beside.pythons[..] {
        [] => "other claims of Python's documents",
        _ => "the claims of Python's documents, in both languages",
    };
    sections.push(Section::new(
        "Claims",
        note,
        vec![Part::Table(claims(beside))],
    ));
    sections
}

fn factors_section(of: &Factors) -> Section {
    Section::new(
        "Beside Python",
        format!(
            "how many times as fast as {} Rust is: Python's time for an item by Rust's",
            of.python
        ),
        vec![Part::Table(factors(of))],
    )
}

/// How many times as fast Rust is as an interpreter.
pub fn factors(factors: &Factors) -> Table {
    let corner = format!("times as fast as {}", factors.python);
    let mut table = Table::new(for_each(&corner, Contestant::VERDICTS, Column::Numbers));
    for row in &factors.rows {
        let cells = row.factors.iter().map(|factor: &Option<Factor>| {
            factor.map_or(Cell::nothing(), |factor| {
                Cell::lines([
                    (Tone::Strong, times(factor.middle)),
                    (
                        Tone::Dim,
                        format!("{} to {}", times(factor.low), times(factor.high)),
                    ),
                ])
            })
        });
        table.add([named(&row.name, &row.label)].into_iter().chain(cells));
    }
    table
}

/// The claims, and their fates in each language.
pub fn claims(beside: &Beside) -> Table {
    let together = !beside.pythons.is_empty();
    let mut heads = vec!["the claim".to_owned()];
    heads.extend(beside.pythons.iter().cloned());
    heads.push("Rust".to_owned());
    heads.extend(together.then(|| "together".to_owned()));
    let mut table = Table::new(heads.into_iter().map(|head| (head, Column::Words)));
    for claim in &beside.claims {
        let mut row = vec![Cell::line([(Tone::Strong, claim.text.clone())])];
        row.extend(evidence(claim));
        row.extend(together.then(|| Cell::line([(Tone::Strong, claim.verdict().to_owned())])));
        table.add(row);
    }
    table
}

fn evidence(claim: &Claim) -> impl Iterator<Item = Cell> {
    let languages = claim.pythons.iter().chain([&claim.rust]);
    languages.map(|evidence: &Evidence| match evidence {
        Ok((fate, number)) => Cell::lines([
            (tone(*fate), fate.word().to_owned()),
            (Tone::Plain, number.clone()),
        ]),
        Err(missing) => Cell::line([(Tone::Dim, missing.to_string())]),
    })
}

/// What has changed since an older run.
pub fn changes(all: &Changes) -> Section {
    let mut table = Table::new([
        ("seconds", Column::Words),
        ("technique", Column::Words),
        ("then", Column::Numbers),
        ("now", Column::Numbers),
        ("", Column::Numbers),
    ]);
    for change in &all.changes {
        let tone = if change.share() < 0.0 {
            Tone::Good
        } else {
            Tone::Bad
        };
        table.add([
            Cell::plain(change.row.to_string()),
            Cell::plain(change.who.to_string()),
            Cell::plain(plain_seconds(change.before.median)),
            Cell::plain(plain_seconds(change.now.median)),
            Cell::line([(tone, more(change.share()))]),
        ]);
    }
    let mut summary = format!(
        "{} cells are within {} of what they were; whether {} others have changed is not decided. \
         Computations and cats count as changed if they surely moved by more than {}: a machine's own speed moves by as much \
         from run to run.",
        all.same,
        percent(EQUAL),
        all.undecided,
        percent(DRIFT)
    );
    if let Some(first) = all.apart.first() {
        summary += &format!(
            " {} cannot be compared; the first: {first}.",
            all.apart.len()
        );
    }
    let mut parts = Vec::new();
    if !table.is_empty() {
        parts.push(Part::Table(table));
    }
    parts.push(Part::List(vec![summary]));
    Section::new("Since", all.base.clone(), parts)
}
