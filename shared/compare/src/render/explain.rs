//! `make explain CELL=threading.scheduling`: everything behind one cell of a table.

use std::fmt::{self, Write as _};

use textwrap::core::display_width;

use crate::judge::conclusion;
use crate::judge::finding::Finding;
use crate::judge::latency::{self, SHARES};
use crate::judge::ranking::{Place, ranking};
use crate::judge::rule::{Each, Question, Rule};
use crate::judge::screening::{self, TooMuch};
use crate::judge::threshold::Threshold;
use crate::judge::workload::{Entry, workload};
use crate::model::archive::Archive;
use crate::model::difference::EQUAL;
use crate::model::experiment::{Cell, Experiment};
use crate::model::ladder::{Ladder, Resource};
use crate::model::noise::SCREENABLE;
use crate::model::options::wrong;
use crate::model::places;
use crate::model::quantity::{bytes, count, give_or_take, percent, seconds, times, two_digits};
use crate::model::results::Results;
use crate::model::rows::{READINGS, Unit};
use crate::model::run::{Outcome, Run};
use crate::model::technique::Contestant;
use crate::output;
use crate::render::table::{Cell as Field, Column, Table, paragraph};
use crate::render::terminal;

/// Prints what is behind the cell of this name in the last run's tables; without a name, which cells there are.
///
/// # Errors
///
/// If there is no such cell, there was no run, or it cannot be printed.
pub fn main(cell: Option<&str>) -> anyhow::Result<()> {
    let results = Results::load(&Archive::open()?.latest().join(places::RESULTS))?;
    output::print(&match cell {
        Some(cell) => wrapped(&explain(&results, cell)?, terminal::width()),
        None => cells(&results, terminal::width()),
    })
}

/// Text in which no line of prose is wider than the terminal. Commands stay whole, so that they can be copied.
fn wrapped(text: &str, width: usize) -> String {
    const NAME: usize = 9;
    let wrap = |line: &str| {
        let indent = line.len() - line.trim_start().len();
        let command = ["Once more, by itself:", "Or among the others:"];
        let is_command = command
            .iter()
            .any(|name| line.trim_start().starts_with(name));
        if display_width(line) <= width || is_command {
            return format!("{line}\n");
        }
        // Behind a name such as `Place:` the text goes on where it has begun.
        let named = line
            .get(..NAME)
            .is_some_and(|start| indent == 0 && start.contains(':') && start.ends_with(' '));
        paragraph(line, width, if named { NAME } else { indent })
    };
    text.lines().map(wrap).collect()
}

/// All cells that can be explained, with what stands in each.
fn cells(results: &Results, width: usize) -> String {
    const NAME: usize = 41;
    let line = |address: String, text: &str| {
        // A narrow terminal has no room beside the longest names.
        let indent = if width < 2 * NAME { 4 } else { NAME };
        paragraph(&format!("{address:<0$}{text}", NAME), width, indent)
    };
    let mut text = String::from("make explain CELL=...\n\n");
    for (_, rule) in conclusion::rules() {
        for who in Contestant::VERDICTS {
            if let Ok(finding) = rule.find(results, who) {
                text += &line(address(who, rule.subject), &finding.verdict);
            }
        }
    }
    for row in results.workloads() {
        for who in Contestant::COLUMNS {
            if let Some(wall) = row.cell(who).and_then(|cell| cell.wall().ok()) {
                text += &line(address(who, row.name), &seconds(wall.median));
            }
        }
    }
    text
}

/// What is behind the cell of this name.
///
/// # Errors
///
/// If there is no such cell.
pub fn explain(results: &Results, cell: &str) -> anyhow::Result<String> {
    let (who, row) = cell.split_once('.').ok_or_else(|| no_cell(results, cell))?;
    let mut techniques = Contestant::COLUMNS.into_iter();
    let who = techniques.find(|technique| technique.name() == who);
    let who = who.ok_or_else(|| no_cell(results, cell))?;
    let mut rules = conclusion::rules();
    if let Some((question, rule)) = rules.find(|(_, rule)| slug(rule.subject) == row) {
        return Ok(verdict(results, question, rule, who));
    }
    if let Some(workload) = results
        .workloads()
        .find(|workload| workload.name.to_string() == row)
    {
        return Ok(time(workload, who));
    }
    Err(no_cell(results, cell).into())
}

/// The name of a cell: its technique and its row.
pub fn address(who: Contestant, row: impl fmt::Display) -> String {
    format!("{who}.{}", slug(&row.to_string()))
}

/// A feature's name in one word.
fn slug(feature: &str) -> String {
    feature.to_lowercase().replace(' ', "-")
}

fn no_cell(results: &Results, cell: &str) -> clap::Error {
    let techniques = results.columns(&Contestant::COLUMNS).into_iter();
    let techniques: Vec<_> = techniques.map(Contestant::name).collect();
    let techniques = techniques.join(", ");
    let features = conclusion::rules().map(|(_, rule)| slug(rule.subject));
    let workloads = results.workloads().map(|row| row.name.to_string());
    let rows: Vec<_> = features.chain(workloads).collect();
    let rows = rows.join(", ");
    wrong(format!(
        "no cell is called '{cell}': it takes a technique ({techniques}), a dot, and a row ({rows})"
    ))
}

/// A cell of the conclusion table.
fn verdict(results: &Results, question: &Question, rule: &Rule<Each>, who: Contestant) -> String {
    let mut text = format!("{who}: {}\n{}\n", rule.subject, question.text);
    text += &match rule.find(results, who) {
        Ok(finding) => found(&finding),
        Err(missing) => format!("\nNot measured: {}.\n", missing.reason()),
    };
    let _ = write!(
        text,
        "\nThe rule, in {}\n\n{}",
        question.file,
        rule_text(rule.words, rule.thresholds)
    );
    for claim in question.claims {
        if let Ok((fate, number)) = claim.in_rust(results) {
            let words = fate.words();
            let _ = writeln!(
                text,
                "\nBeside it: \"{}\" {words} ({number})",
                claim.subject
            );
            let [own, its] = [
                rule_text(rule.words, rule.thresholds),
                rule_text(claim.words, claim.thresholds),
            ];
            let same = "    The same rule judges it.\n".to_owned();
            text += &format!("\n{}", if own == its { same } else { its });
        }
    }
    let mut took_part = false;
    for name in rule.experiments {
        if let Ok(experiment) = results.experiment(*name)
            && let Some(cell) = experiment.cell(who)
        {
            text += &samples(experiment, cell);
            took_part = true;
        }
    }
    if rule.ladder
        && let Ok(ladder) = results.ladder(who)
    {
        text += &climb(ladder);
        took_part = true;
    }
    if let Some(file) = question.source.filter(|_| took_part) {
        let _ = write!(text, "\nThe probe is {}/{file}.\n", who.folder());
    }
    text
}

fn found(finding: &Finding) -> String {
    let mut text = format!("\nVerdict: {}\n", finding.verdict);
    if !finding.number.is_empty() {
        let _ = writeln!(text, "Number:  {}", finding.number);
    }
    if let Some((claim, fate)) = finding.claim {
        let _ = writeln!(text, "Claim:   \"{claim}\" {}", fate.words());
    }
    text
}

/// A cell of the workload table.
fn time(row: &Experiment, who: Contestant) -> String {
    let mut text = format!("{who}: {}, {}\n", row.name, row.label);
    let of = workload(row);
    let place = Contestant::COLUMNS
        .into_iter()
        .position(|technique| technique == who);
    let entry = place.map(|place| &of.entries[place]);
    if let Some(Entry::Timed {
        wall,
        distance,
        factor,
        place,
        noisy,
    }) = entry
    {
        let _ = writeln!(
            text,
            "\nTime:    {} {}",
            seconds(wall.median),
            give_or_take(wall.spread())
        );
        if let Some(factor) = factor {
            let _ = writeln!(
                text,
                "Speed:   {} that of sequential, surely {} to {}",
                times(factor.middle),
                times(factor.low),
                times(factor.high)
            );
        }
        let _ = writeln!(
            text,
            "Place:   {}",
            match (place, ranking(row)) {
                (Some(place), _) => in_words(*place),
                (None, None) => "none: this row is not ranked".to_owned(),
                (None, Some(row)) if row.of_one() =>
                    "none: no other technique took part".to_owned(),
                (None, _) if *noisy => "none: other programs disturbed it".to_owned(),
                (None, _) => "another technique is surely faster".to_owned(),
            }
        );
        if let Some(margin) = margin(row, who, *place) {
            let _ = writeln!(text, "Margin:  {margin}");
        }
        if let (Some(floor), Some(distance)) = (of.floor, distance) {
            let _ = writeln!(
                text,
                "Floor:   {}, what the work itself takes; {distance}",
                seconds(floor)
            );
        }
    }
    let unbeaten: Vec<_> = Contestant::COLUMNS
        .into_iter()
        .zip(&of.entries)
        .filter(|(_, entry)| matches!(entry, Entry::Timed { place: Some(_), .. }))
        .map(|(who, _)| who.name())
        .collect();
    if !unbeaten.is_empty() {
        let _ = writeln!(text, "Unbeaten in this row: {}", unbeaten.join(", "));
    }
    match row.cell(who) {
        Some(cell) => text += &samples(row, cell),
        None => text += "\nNot measured: it was left out.\n",
    }
    if let Err(reason) = screening::pass(row) {
        let _ = writeln!(text, "\nThis row is not ranked: {reason}.");
    }
    text
}

/// How many times as long a technique that is beaten took as each that is not, or, of the fastest, the next as that one.
fn margin(row: &Experiment, who: Contestant, place: Option<Place>) -> Option<String> {
    let ranking = ranking(row)?;
    let (others, ahead) = match place {
        Some(Place::Fastest) => (row.contestants().map(|(other, _)| other).collect(), true),
        None => (ranking.fastest(), false),
        Some(_) => return None,
    };
    let others = others.into_iter().filter(|other| *other != who);
    let factors = others.filter_map(|other| {
        let [this, that] = if ahead { [other, who] } else { [who, other] };
        Some((other, ranking.factor(this, that)?))
    });
    let nearest = factors.min_by(|(_, one), (_, other)| one.middle.total_cmp(&other.middle));
    let (other, factor) = nearest?;
    let [middle, low, high] = [factor.middle, factor.low, factor.high].map(times);
    Some(match ahead {
        true => format!("{other}, the next, took {middle} as long, surely {low} to {high}"),
        false => format!("it took {middle} as long as {other}, surely {low} to {high}"),
    })
}

fn in_words(place: Place) -> String {
    match place {
        Place::Fastest => "all others surely took longer".to_owned(),
        Place::Equal => format!(
            "surely within {} of all others that are unbeaten",
            percent(EQUAL)
        ),
        Place::Undecided { unseen } => format!(
            "not decided against another that is unbeaten: a difference under {} would not have been seen",
            percent(unseen)
        ),
        Place::Disturbed => {
            "unbeaten, but other programs disturbed a technique of this row, which may be faster"
                .to_owned()
        }
    }
}

/// What was read off a cell, run by run, and how to repeat it.
fn samples(experiment: &Experiment, cell: &Cell) -> String {
    let mut text = format!("\nSamples of {}: {}\n\n", experiment.name, experiment.label);
    let mut table = Table::new([
        ("round", Column::Numbers),
        ("wall", Column::Numbers),
        ("CPU", Column::Numbers),
        ("inside", Column::Numbers),
        ("switches", Column::Numbers),
        ("preempted", Column::Numbers),
        ("others", Column::Numbers),
        ("readings", Column::Words),
    ]);
    for (round, outcome) in cell.rounds.iter().enumerate() {
        let round = Field::plain((round + 1).to_string());
        match outcome {
            Outcome::Ran(run) => table.add([round].into_iter().chain(sample(run))),
            _ => {
                let reason = Field::plain(outcome.failure().unwrap_or_default());
                let nothing = std::iter::repeat_with(Field::nothing).take(6);
                table.add([round].into_iter().chain(nothing).chain([reason]));
            }
        }
    }
    text += &table.on_terminal(terminal::width());
    text += "\n  Wall is the time of the whole program, inside that of its work alone. Others: the share of the CPU that other programs took.\n";
    let cores = cell.estimate(|run| Some(run.cpu() / run.wall)).ok();
    let cores = cores.map_or(String::new(), |cores| {
        format!(" {:.2} cores used.", cores.median)
    });
    if let Some(peak) = cell.peak() {
        let _ = writeln!(
            text,
            "\n  At the peak: {}, of which {} its own; {}, {}.{cores}",
            bytes(peak.memory as f64),
            bytes(peak.private as f64),
            counted(peak.threads, ["thread", "threads"]),
            counted(peak.processes, ["process", "processes"])
        );
    }
    if let Some(noise) = screening::noise(cell) {
        let noise = match noise {
            TooMuch::InRuns(share) => {
                format!(
                    "{} of the CPU in half of these runs, or in more",
                    percent(share)
                )
            }
            TooMuch::Together(share) => format!(
                "{} of the CPU in these runs together, most of which are too short to be looked at one by one",
                percent(share)
            ),
        };
        let _ = writeln!(
            text,
            "\n  NOISY: other programs took more than {noise}: it is not ranked."
        );
    } else if screening::unscreened(cell) {
        let shortest = seconds(SCREENABLE);
        let _ = writeln!(
            text,
            "\n  In less than {shortest} the clock cannot tell what other programs did to a run."
        );
    }
    if let Some(spread) = latency::spread(cell) {
        let time = |(place, (share, _)): (usize, &(&str, f64))| {
            Some(format!("{share} {}", seconds(spread.sure(place)?)))
        };
        let times: Vec<_> = SHARES.iter().enumerate().filter_map(time).collect();
        let requests = experiment.conditions.served || experiment.load.is_some();
        let what = match requests {
            true => "A request took",
            false => "A tick came late by",
        };
        let _ = writeln!(text, "\n  {what}: {}.", times.join(", "));
    }
    text.push('\n');
    if let Some(command) = experiment.command(cell) {
        let _ = writeln!(text, "  Once more, by itself:  {command}");
    }
    if let Some(family) = experiment.name.family() {
        let machines = match cell.runner == Contestant::Cluster {
            true => " MACHINES=2",
            false => "",
        };
        let _ = writeln!(
            text,
            "  Or among the others:   make compare ONLY={family}{machines}"
        );
    }
    text
}

fn counted(number: u64, [one, many]: [&str; 2]) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// What a run has read beside its times, each in its unit. The longest gap says more than the number of ticks.
pub fn readings(run: &Run) -> Vec<String> {
    let readings = run.receipt.readings.iter();
    let readings = readings.filter(|(name, _)| *name != "ticks");
    let reading = |(name, value): (&String, &f64)| {
        let unit = READINGS.iter().find(|(other, _)| other == name);
        let words = name.replace('_', " ");
        match unit.map(|(_, unit)| unit) {
            Some(Unit::Truth) => words,
            Some(Unit::Count) => format!("{words} {}", count(*value as u64)),
            Some(Unit::Rate) => format!("{words} {} a second", count(*value as u64)),
            Some(Unit::Seconds) => format!("{words} {}", seconds(*value)),
            Some(Unit::Share) => format!("{words} {}", percent(*value)),
            // Results of another version: the number itself is never wrong.
            None => format!("{words} {value}"),
        }
    };
    readings.map(reading).collect()
}

/// What was read off a run, in the order of the table's columns.
fn sample(run: &Run) -> [Field; 7] {
    let readings = readings(run);
    let watched = run.noise.filter(|noise| noise.others.is_some());
    let readings = match readings.is_empty() {
        true => Field::nothing(),
        false => Field::plain(readings.join(", ")),
    };
    [
        Field::plain(seconds(run.wall)),
        Field::plain(seconds(run.cpu())),
        Field::plain(seconds(run.seconds)),
        Field::plain(count(run.voluntary)),
        Field::plain(count(run.involuntary)),
        Field::plain(watched.map_or("?".to_owned(), |noise| percent(noise.level()))),
        readings,
    ]
}

fn climb(ladder: &Ladder) -> String {
    let mut text = "\nThe ladder: each sleeps for longer than it takes to start all\n\n".to_owned();
    text += "      units  asleep for    inside    memory\n";
    for step in &ladder.steps {
        let units = count(step.units);
        let _ = match &step.outcome {
            Outcome::Ran(run) => {
                let memory = run.peak.map(|peak| bytes(peak.memory as f64));
                let memory = memory.unwrap_or("?".to_owned());
                writeln!(
                    text,
                    "{units:>11}  {:>10}  {:>8}  {memory:>8}",
                    seconds(step.nap),
                    seconds(run.seconds)
                )
            }
            failed => writeln!(
                text,
                "{units:>11}  {}",
                failed.failure().unwrap_or_default()
            ),
        };
    }
    text += &limits(ladder);
    let program = places::beside(ladder.contestant.program());
    if let Some(step) = ladder.steps.last() {
        let flags = ladder.contestant.flags().iter();
        let flags: String = flags.map(|flag| format!(" {flag}")).collect();
        let _ = writeln!(
            text,
            "\n  One step, by itself:  {program} sleepers --size {} --time-scale {:.3}{flags}",
            step.units, step.nap
        );
    }
    text += "  The whole climb:      make compare ONLY=sleepers\n";
    text += "  Until it breaks:      make compare ONLY=sleepers LADDER=cliff\n";
    text
}

/// The limits in the way of a climb, and how many units use up each.
fn limits(ladder: &Ladder) -> String {
    let mut text = String::new();
    for limit in &ladder.limits {
        let number = |amount: u64| match limit.of {
            Resource::Memory => bytes(amount as f64),
            _ => count(amount),
        };
        let room = ladder.room(limit).map_or("-".to_owned(), |room| {
            format!("about {}", count(two_digits(room)))
        });
        let _ = writeln!(
            text,
            "  {:<28}  {:>12}  {:>12}  {room}",
            limit.name,
            number(limit.allowed),
            number(limit.before)
        );
    }
    if text.is_empty() {
        return text;
    }
    let head = format!(
        "\n  {:<28}  {:>12}  {:>12}  used up by\n",
        "limit", "allows", "used before"
    );
    head + &text
}

/// Words and thresholds of a rule, indented.
fn rule_text(words: &str, thresholds: &[Threshold]) -> String {
    let width = terminal::width();
    let mut text = paragraph(&format!("    {words}"), width, 4);
    for threshold in thresholds {
        text += &paragraph(&format!("    - {threshold}"), width, 6);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use shared::{Latencies, Receipt};

    use super::*;
    use crate::fixtures;
    use crate::model::noise::Noise;
    use crate::model::rows::Row;

    #[test]
    fn a_cell_of_the_conclusion_is_explained_with_claim_rule_samples_probe_and_command() {
        let results = fixtures::results().with(Row::Ticker, Contestant::Threading, |run| {
            let receipt = run.receipt.clone().with_reading("longest_gap", 0.012);
            run.receipt = receipt.with_reading("lost", 7.0);
        });
        let text = explain(&results, "threading.scheduling").unwrap();
        for part in [
            "Who decides when to switch?",
            "Verdict: preemptive",
            "Claim:   \"preemptive\" holds",
            "    A ticker, a unit that is due every millisecond",
            "    - 50%: a gap of less than this share",
            "shared/compare/src/judge/questions/scheduling.rs",
            "longest gap 12.0",
            "lost 7",
            "threading/src/probes/ticker.rs",
            "/threading ticker --size 100",
            "make compare ONLY=ticker",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }

    #[test]
    fn a_reading_is_printed_in_its_unit() {
        let mut run = fixtures::run();
        run.receipt.readings = [
            ("load_cpu", 0.9),
            ("load_busy", 0.35),
            ("load_late", 4e-4),
            ("most", 12_345.6),
            ("lost", 7.0),
            ("hung_after", 5.0),
            ("nodes_cpu", 0.25),
            ("uvloop", 1.0),
            ("ticks", 90.0),
            ("of_tomorrow", 0.5),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        assert_eq!(
            readings(&run),
            [
                "hung after 5.00 s",
                "load busy 35%",
                "load cpu 900 ms",
                "load late 400 µs",
                "lost 7",
                "most 12,345 a second",
                "nodes cpu 250 ms",
                "of tomorrow 0.5",
                "uvloop",
            ]
        );
    }

    #[test]
    fn a_noisy_cell_says_so_beside_the_samples_that_make_it_one() {
        let results = fixtures::results().with(Row::Hashes, Contestant::Threading, |run| {
            run.noise = Some(Noise {
                others: Some(0.03),
                stolen: Some(0.05),
                pressure: None,
                queued: None,
            });
        });
        let text = explain(&results, "threading.hashes").unwrap();
        assert!(
            text.contains("NOISY: other programs took more than 4.0%"),
            "{text}"
        );
        assert!(text.contains(" 8.0%"), "stolen time is others' too: {text}");
        let noise = |others| {
            let others = Some(others);
            Some(Noise {
                others,
                stolen: None,
                pressure: None,
                queued: None,
            })
        };
        let crowd = fixtures::results().with(Row::Hashes, Contestant::Threading, |run| {
            (run.noise, run.crowd) = (noise(0.3), true);
        });
        let text = explain(&crowd, "threading.hashes").unwrap();
        assert!(
            text.contains("NOISY: other programs took more than 20% of the CPU in half of"),
            "{text}"
        );
        let together = fixtures::results().with(Row::Hashes, Contestant::Threading, |run| {
            (run.noise, run.wall) = (noise(0.3), 0.05);
        });
        let text = explain(&together, "threading.hashes").unwrap();
        assert!(
            text.contains(
                "NOISY: other programs took more than 20% of the CPU in these runs together"
            ),
            "{text}"
        );
        let short = results.with(Row::Hashes, Contestant::Asyncio, |run| run.wall = 0.01);
        let text = explain(&short, "asyncio.hashes").unwrap();
        assert!(
            text.contains("In less than 100 ms the clock cannot tell"),
            "{text}"
        );
    }

    #[test]
    fn requests_take_time_and_ticks_come_late() {
        const LATE: Duration = Duration::from_millis(1);
        let late = |receipt: &mut Receipt| receipt.latencies += Latencies::of(LATE);
        for (cell, family, words) in [
            ("threading.serve", "serve", "A request took: "),
            ("threading.sites", "sites", "A request took: "),
            ("threading.scheduling", "ticker", "A tick came late by: "),
        ] {
            let results = fixtures::results_of(&["--only", family]).map_receipts(|_| true, late);
            let text = explain(&results, cell).unwrap();
            assert!(text.contains(words), "{words} is not in\n{text}");
            let phrases = ["A request took: ", "A tick came late by: "];
            let others = phrases.into_iter().filter(|phrase| *phrase != words);
            assert!(
                others.into_iter().all(|phrase| !text.contains(phrase)),
                "{text}"
            );
        }
    }

    #[test]
    fn every_probe_that_is_named_is_there() {
        let results = fixtures::with_machines();
        let sources = places::workspace().unwrap();
        let mut of_cluster = 0;
        for (_, rule) in conclusion::rules() {
            for who in Contestant::VERDICTS {
                let cell = address(who, rule.subject);
                let text = explain(&results, &cell).unwrap();
                let named = text
                    .lines()
                    .find_map(|line| line.strip_prefix("The probe is "));
                if let Some(file) = named {
                    let file = sources.join(file.trim_end_matches('.'));
                    assert!(file.is_file(), "{cell}: {}", file.display());
                    of_cluster += u64::from(who == Contestant::Cluster);
                }
            }
        }
        assert!(of_cluster > 3, "{of_cluster}");
    }

    #[test]
    fn a_time_is_explained_with_factor_place_floor_and_samples() {
        let results =
            fixtures::results().with(Row::Hashes, Contestant::Threading, |run| run.wall = 0.5);
        let text = explain(&results, "threading.hashes").unwrap();
        for part in [
            "that of sequential, surely",
            "Place:   all others surely took longer",
            "Margin:  sequential, the next, took 2.00x as long, surely 2.00x to 2.00x",
            "Floor:   ",
            "Unbeaten in this row: threading\n",
            "Samples of hashes",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        let text = explain(&results, "asyncio.hashes").unwrap();
        for part in [
            "Place:   another technique is surely faster",
            "Margin:  it took 2.00x as long as threading, surely 2.00x to 2.00x",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }

    #[test]
    fn the_list_of_cells_is_no_wider_than_the_terminal() {
        for width in [60, 80, 120] {
            let text = cells(&fixtures::results(), width);
            for line in text.lines() {
                assert!(display_width(line) <= width, "{width}: {line}");
            }
        }
    }

    #[test]
    fn without_a_cell_all_that_can_be_explained_are_listed() {
        let results = fixtures::results();
        let text = cells(&results, 140);
        let mut count = 0;
        for line in text.lines().skip(2) {
            let cell = line.split_whitespace().next().unwrap();
            explain(&results, cell).unwrap();
            count += 1;
        }
        assert!(count > 40, "{text}");
    }

    #[test]
    fn every_cell_has_an_explanation() {
        let results = fixtures::results();
        for (_, rule) in conclusion::rules() {
            for who in Contestant::CONCLUDED {
                explain(&results, &format!("{who}.{}", slug(rule.subject))).unwrap();
            }
        }
        for workload in results.workloads() {
            for who in Contestant::TECHNIQUES {
                explain(&results, &format!("{who}.{}", workload.name)).unwrap();
            }
        }
    }

    #[test]
    fn an_unknown_cell_is_answered_with_the_known_ones() {
        for cell in ["threading", "magic.scheduling", "threading.magic", ""] {
            let error = explain(&fixtures::results(), cell).unwrap_err();
            let wrong = error.downcast::<clap::Error>().expect("exit code 2");
            assert!(wrong.to_string().contains("use-multiple-cpus"), "{wrong}");
        }
    }
}
