//! What the servers carry: requests a second and how long they take, connections and what each takes up.

use shared::Latencies;

use crate::judge::questions::cost::slope;
use crate::judge::screening;
use crate::model::difference::{Factor, between};
use crate::model::experiment::{Cell, Experiment, NotMeasured};
use crate::model::load::IN_TIME;
use crate::model::quantity::{bytes, count, give_or_take, percent, seconds};
use crate::model::results::Results;
use crate::model::rows::{
    ENDED, GREETED, HIGHEST, LOAD_BUSY, LOAD_LATE, MOST, Row, SERVER_GONE, Sweep,
};
use crate::model::run::{Run, Trial};
use crate::model::stats::Estimate;
use crate::model::technique::Contestant::{self, *};

/// 99% of the requests must be answered within so many seconds.
pub const PATIENCE: f64 = IN_TIME as f64 / 1e3;

/// So many requests must have taken longer than what a percentile says: of fewer it is chance how long the longest took. p99
/// takes 1,000 requests, p99.9 10,000.
const BEYOND: f64 = 10.0;

/// Between which steps of a sweep a server's limit lies.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limit {
    /// The last step that went well.
    pub most: Option<f64>,
    /// The first that did not.
    pub too_many: Option<f64>,
    /// Whether it is open how the next one went.
    pub open: bool,
}

impl Limit {
    /// Between which steps it lies, in words.
    pub fn words(self) -> String {
        let number = |it: f64| count(it as u64);
        match (self.most, self.too_many) {
            (Some(most), Some(too_many)) => format!("{} to {}", number(most), number(too_many)),
            (Some(most), None) if self.open => format!("at least {}", number(most)),
            (Some(most), None) => number(most),
            (None, Some(too_many)) => format!("under {}", number(too_many)),
            (None, None) => "not decided".to_owned(),
        }
    }
}

/// Requests a second that a server answers when more are sent.
///
/// # Errors
///
/// If they were not measured.
pub fn per_second(results: &Results, who: Contestant) -> Result<Estimate, NotMeasured> {
    results.cell(Row::ServeRate, who)?.estimate(most)
}

fn most(run: &Run) -> Option<f64> {
    run.receipt.readings.get(MOST).copied()
}

/// How many times as long a request takes `one` as `other` when more are sent than they answer; `None` if it was measured too
/// seldom, or others disturbed it.
pub fn factor(results: &Results, one: Contestant, other: Contestant) -> Option<Factor> {
    let each = |who| {
        let cell = results.cell(Row::ServeRate, who).ok()?;
        let times = cell.runs().filter_map(most).map(|most| 1.0 / most);
        (!screening::noisy(cell)).then(|| times.collect::<Vec<_>>())
    };
    between(&each(one)?, &each(other)?)
}

/// The highest rate at which 64 connections were served in time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Highest {
    /// Requests a second.
    pub rate: Estimate,
    /// Whether it was the load, and not the server, that could do no more.
    pub at_least: bool,
}

impl Highest {
    /// The rate in words.
    pub fn words(self) -> String {
        let number = count(self.rate.median as u64);
        match self.at_least {
            true => format!("at least {number}"),
            false => format!("{number} {}", give_or_take(self.rate.spread()))
                .trim_end()
                .to_owned(),
        }
    }
}

/// The highest rate at which 64 connections were served in time: the median of what each round found.
///
/// # Errors
///
/// If none was measured, or a round found none.
pub fn highest(results: &Results, who: Contestant) -> Result<Highest, NotMeasured> {
    let cell = results.cell(Row::ServeRate, who)?;
    let found = |run: &Run| run.receipt.readings.get(HIGHEST).copied();
    if cell.runs().any(|run| found(run).is_none()) {
        let none = "no rate that was tried was answered in time";
        return Err(NotMeasured::Undecided(none.to_owned()));
    }
    let rate = cell.estimate(found)?;
    let late = cell.runs().filter(|run| stopped_by_the_load(run)).count();
    Ok(Highest {
        rate,
        at_least: 2 * late > cell.runs().count(),
    })
}

/// Whether at the lowest rate that was too high the load itself had a good part in that.
fn stopped_by_the_load(run: &Run) -> bool {
    let too_high = run.trials.iter().filter(|trial| !trial.well);
    let lowest = too_high.min_by(|one, other| one.rate.total_cmp(&other.rate));
    lowest.is_some_and(|trial| trial.late > PATIENCE / 2.0)
}

/// All rates that a server was tried at, lowest first.
pub fn trials(cell: &Cell) -> Vec<Trial> {
    let trials = cell.runs().flat_map(|run| run.trials.iter().copied());
    let mut trials: Vec<_> = trials.collect();
    trials.sort_by(|one, other| one.rate.total_cmp(&other.rate));
    trials
}

/// Seconds within which this share of a row's requests was answered, of all rounds together.
///
/// # Errors
///
/// If none was measured, or too few to tell.
pub fn within(
    results: &Results,
    row: Row,
    who: Contestant,
    share: f64,
) -> Result<f64, NotMeasured> {
    let cell = results.cell(row, who)?;
    if let Some(reason) = cell.failure() {
        return Err(NotMeasured::Failed(reason));
    }
    let mut all = Latencies::default();
    for run in cell.runs() {
        all += run.receipt.latencies.clone();
    }
    let enough = all.count() as f64 * (1.0 - share) >= BEYOND - 1e-6;
    let time = all.quantile(share).filter(|_| enough);
    time.ok_or_else(|| NotMeasured::Undecided(format!("{} requests are too few", all.count())))
}

/// How long /hello takes while one of 20 requests computes for 100 ms: half of the requests, and nine of ten, at most.
fn mixed(results: &Results, who: Contestant) -> Result<String, NotMeasured> {
    let [half, most] = [0.5, 0.9].map(|share| within(results, Row::ServeMix, who, share));
    Ok(format!("{}, {}", seconds(half?), seconds(most?)))
}

/// How many connections were served beside slow clients, and how long 99% of their requests took.
fn beside_slow_clients(results: &Results, who: Contestant) -> Result<String, NotMeasured> {
    let row = results.experiment(Row::ServeSlow)?;
    let all = row.load.as_ref().map_or(0, |load| load.connections);
    let served = results.median(Row::ServeSlow, who, |run| {
        run.receipt.readings.get(GREETED).copied()
    })? as u64;
    if served == 0 {
        return Ok("none".to_owned());
    }
    let time = within(results, Row::ServeSlow, who, 0.99)?;
    let served = if served == all {
        "all".to_owned()
    } else {
        format!("{served} of {all}")
    };
    Ok(format!("{served}, {}", seconds(time)))
}

/// What was lost when a request ended what answered it.
fn lost(results: &Results, row: Row, who: Contestant) -> Result<String, NotMeasured> {
    let cell = results.cell(row, who)?;
    let worst = |reading: &dyn Fn(&Run) -> f64| -> Result<u64, NotMeasured> {
        Ok(cell.estimate(|run| Some(reading(run)))?.high as u64)
    };
    let reading = |run: &Run, name| run.receipt.readings.get(name).copied();
    if worst(&|run| reading(run, SERVER_GONE).unwrap_or_default())? > 0 {
        return Ok("the server".to_owned());
    }
    let lost = worst(&|run| {
        let kinds = ["lost", "refused", "unanswered"];
        let errors = kinds
            .iter()
            .filter_map(|kind| run.receipt.errors.get(*kind));
        errors.sum::<u64>() as f64
    })?;
    let ended = worst(&|run| reading(run, ENDED).unwrap_or_default())?;
    Ok(format!("{}, {}", count(lost), count(ended)))
}

/// The numbers of connections that were served well.
///
/// # Errors
///
/// If none was measured.
pub fn connections(results: &Results, who: Contestant) -> Result<Limit, NotMeasured> {
    limit(results, Sweep::ServeOpen, who)
}

fn limit(results: &Results, sweep: Sweep, who: Contestant) -> Result<Limit, NotMeasured> {
    let mut limit = Limit::default();
    let steps = results.sweep(sweep);
    let mut tried = steps
        .iter()
        .filter_map(|(at, row)| Some((*at, *row, row.cell(who)?)))
        .peekable();
    if tried.peek().is_none() {
        return Err(NotMeasured::LeftOut(sweep.to_string()));
    }
    for (at, row, cell) in tried {
        if let Some(reason) = cell.failure() {
            return Err(NotMeasured::Failed(reason));
        }
        match well(row, cell)? {
            Some(true) => limit.most = Some(at),
            Some(false) => limit.too_many = Some(at),
            None => limit.open = true,
        }
        if limit.most != Some(at) {
            break;
        }
    }
    Ok(limit)
}

/// Whether every connection was answered, no request was lost, and 99% were answered in time; `None` if they were not, but the
/// load itself had a good part in that.
fn well(row: &Experiment, cell: &Cell) -> Result<Option<bool>, NotMeasured> {
    let connections = row.load.as_ref().map_or(0, |load| load.connections) as f64;
    let all = |run: &Run| {
        run.receipt
            .readings
            .get(GREETED)
            .is_some_and(|it| *it >= connections)
    };
    let none_lost = |run: &Run| {
        let lost = ["refused", "lost"];
        lost.iter()
            .all(|kind| !run.receipt.errors.contains_key(*kind))
    };
    if !cell.runs().all(|run| all(run) && none_lost(run)) {
        return Ok(Some(false));
    }
    let in_time = took(cell, 0.99)?.median <= PATIENCE;
    let late = late(cell).is_ok_and(|late| late > PATIENCE / 2.0);
    Ok((in_time || !late).then_some(in_time))
}

/// By how many seconds the load was late at most, for 99% of the requests: the median of the rounds.
fn late(cell: &Cell) -> Result<f64, NotMeasured> {
    let late = cell.estimate(|run| run.receipt.readings.get(LOAD_LATE).copied());
    Ok(late?.median)
}

/// Seconds within which this share of the requests was answered: the median of the rounds.
fn took(cell: &Cell, share: f64) -> Result<Estimate, NotMeasured> {
    cell.estimate(|run| run.receipt.latencies.quantile(share))
}

/// Bytes that one more open connection takes up.
///
/// # Errors
///
/// If they were not measured, or did not grow.
pub fn memory_each(results: &Results, who: Contestant) -> Result<f64, NotMeasured> {
    let sizes = memory(results, who);
    match sizes[..] {
        [] => Err(NotMeasured::LeftOut(Sweep::ServeOpen.to_string())),
        [first, .., last] => slope(first, last)
            .ok_or_else(|| NotMeasured::Undecided("many took no more memory than one".to_owned())),
        [_] => Err(NotMeasured::Undecided("one at a time".to_owned())),
    }
}

/// Connections that were all answered, and bytes of memory when they were: the median of the rounds.
pub fn memory(results: &Results, who: Contestant) -> Vec<(f64, f64)> {
    let sweep = results.sweep(Sweep::ServeOpen).into_iter();
    let size = |(at, row): (f64, &Experiment)| {
        let cell = row.cell(who)?;
        let all = |run: &&Run| {
            run.receipt
                .readings
                .get(GREETED)
                .is_some_and(|it| *it >= at)
        };
        let sizes = cell.runs().filter(all);
        let sizes: Vec<_> = sizes
            .filter_map(|run| Some(run.peak?.memory as f64))
            .collect();
        Some((at, Estimate::of(&sizes)?.median))
    };
    sweep.filter_map(size).collect()
}

/// By how many seconds the load itself was late at most, for 99% of the requests at half of the highest rate.
pub fn lateness(results: &Results) -> Option<f64> {
    let row = results.experiment(Row::ServeRate).ok()?;
    let late = row.cells.iter().filter_map(|cell| late(cell).ok());
    late.max_by(f64::total_cmp)
}

/// The most of a core that the load took with more requests than are answered: near 1 it was the load that gave in.
pub fn busy(results: &Results) -> Option<f64> {
    let row = results.experiment(Row::ServeRate).ok()?;
    let share = |run: &Run| run.receipt.readings.get(LOAD_BUSY).copied();
    let shares = row
        .cells
        .iter()
        .filter_map(|cell| Some(cell.estimate(share).ok()?.median));
    shares.max_by(f64::total_cmp)
}

/// How many requests each technique answers, the most first, and over how many connections.
pub fn sentence(results: &Results) -> Option<String> {
    let who = Contestant::TECHNIQUES.into_iter();
    let mut rates: Vec<_> = who
        .filter_map(|who| Some((who, per_second(results, who).ok()?.median)))
        .collect();
    rates.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let each: Vec<_> = rates
        .iter()
        .map(|(who, rate)| format!("{who} {}", count(*rate as u64)))
        .collect();
    // Those that carry as many stand together.
    let mut carried: Vec<(String, Vec<&str>)> = Vec::new();
    for (who, _) in &rates {
        let Ok(connections) = connections(results, *who) else {
            continue;
        };
        let words = connections.words();
        match carried.iter_mut().find(|(others, _)| *others == words) {
            Some((_, names)) => names.push(who.name()),
            None => carried.push((words, vec![who.name()])),
        }
    }
    let carried = carried.into_iter();
    let carried: Vec<_> = carried
        .map(|(words, names)| format!("{words} in {}", names.join(", ")))
        .collect();
    (!each.is_empty()).then(|| {
        let rates = format!("{} requests/s", each.join(", "));
        match carried[..] {
            [] => rates,
            _ => format!(
                "{rates}; connections answered in time: {}",
                carried.join("; ")
            ),
        }
    })
}

/// How many times the memory of a task's connection a thread's takes.
///
/// # Errors
///
/// If it was not measured.
pub fn memory_of_threads(results: &Results) -> Result<f64, NotMeasured> {
    Ok(memory_each(results, Threading)? / memory_each(results, Asyncio)?)
}

/// Up to how many connections threads serve as tasks do, and what that takes.
///
/// # Errors
///
/// If it was not measured.
pub fn threads_beside_tasks(results: &Results) -> Result<String, NotMeasured> {
    let (threads, tasks) = (
        connections(results, Threading)?,
        connections(results, Asyncio)?,
    );
    let (thread, task) = (
        memory_each(results, Threading)?,
        memory_each(results, Asyncio)?,
    );
    let memory = format!(
        "in {:.2} times the memory: {} for each, and {}.",
        memory_of_threads(results)?,
        bytes(thread),
        bytes(task)
    );
    let number = |limit: Option<f64>| count(limit.unwrap_or_default() as u64);
    Ok(match (threads.most, tasks.most) {
        (Some(most), Some(more)) if most < more => format!(
            "Up to {} connections threads serve in time as tasks do, and tasks up to {}, {memory}",
            number(threads.most),
            number(tasks.most)
        ),
        (_, None) => {
            return Err(NotMeasured::Undecided(
                "not one was served in time".to_owned(),
            ));
        }
        _ => format!(
            "Up to {} connections threads serve in time as tasks do, {memory}",
            number(tasks.most)
        ),
    })
}

/// What the last lines of the table count.
fn explained(results: &Results) -> Vec<String> {
    let load = |row| results.experiment(row).ok()?.load.as_ref();
    let mixed = load(Row::ServeMix).and_then(|load| {
        let other = load.other.as_ref()?;
        Some(format!(
            "Beside requests that compute: p50 and p90 of {}, at {} requests/s of which one in {} is {}.",
            load.page,
            load.rate,
            other.every?,
            other.page
        ))
    });
    let slow = load(Row::ServeSlow).map(|load| {
        format!(
            "Beside slow clients: how many of {} connections are answered, and p99, beside {} that send a byte a second.",
            load.connections, load.slow
        )
    });
    let lost = load(Row::ServePanic).map(|load| {
        format!(
            "Lost, over {} connections: requests and connections, when one request panics, aborts its process or has it killed; \
             \"the server\": all of them.",
            load.connections
        )
    });
    [mixed, slow, lost].into_iter().flatten().collect()
}

/// The servers' numbers, in a table.
#[derive(Debug, Default)]
pub struct Servers {
    /// What the load itself could do, in sentences.
    pub notes: Vec<String>,
    /// What is measured, and for each of [`Contestant::TECHNIQUES`] how much of it.
    pub lines: Vec<(String, Vec<String>)>,
}

/// The servers' section; nothing if they were left out.
pub fn servers(results: &Results) -> Servers {
    let line = |name: String, value: &dyn Fn(Contestant) -> Result<String, NotMeasured>| {
        let values = Contestant::TECHNIQUES.map(|who| value(who).unwrap_or("-".to_owned()));
        (name, values.to_vec())
    };
    let rate = |who| {
        let rate = per_second(results, who)?;
        let number = count(rate.median as u64);
        Ok(format!("{number} {}", give_or_take(rate.spread())))
    };
    let in_time = seconds(PATIENCE);
    let mut lines = vec![
        line("requests/s at most".to_owned(), &rate),
        line(format!("requests/s with p99 up to {in_time}"), &|who| {
            Ok(highest(results, who)?.words())
        }),
    ];
    for (name, share) in [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)] {
        lines.push(line(format!("{name} at half of that"), &|who| {
            highest(results, who)?;
            Ok(seconds(within(results, Row::ServeRate, who, share)?))
        }));
    }
    lines.extend([
        line(format!("connections with p99 up to {in_time}"), &|who| {
            Ok(connections(results, who)?.words())
        }),
        line("memory for a connection".to_owned(), &|who| {
            Ok(bytes(memory_each(results, who)?))
        }),
        line("beside requests that compute".to_owned(), &|who| {
            mixed(results, who)
        }),
        line("beside slow clients".to_owned(), &|who| {
            beside_slow_clients(results, who)
        }),
    ]);
    let ends = [
        (Row::ServePanic, "lost by a panic"),
        (Row::ServeAbort, "lost by an abort"),
        (Row::ServeKill, "lost by a kill"),
    ];
    lines.extend(ends.map(|(row, name)| line(name.to_owned(), &|who| lost(results, row, who))));
    lines.retain(|(_, values)| values.iter().any(|value| value != "-"));
    let late = lateness(results).map(|late| {
        format!(
            "The load shares the cores with the server. At half of the highest rate 99% of its requests were sent at most {} late.",
            seconds(late)
        )
    });
    let busy = busy(results).map(|busy| {
        format!(
            "With more requests than are answered the load took up to {} of a core: near 100% it is the load that can do no more.",
            percent(busy)
        )
    });
    let mut notes = Vec::new();
    if !lines.is_empty() {
        notes.push(
            "A percentile stands where ten requests or more took longer: p99 takes 1,000 requests, p99.9 10,000.".to_owned(),
        );
    }
    notes.extend(late.into_iter().chain(busy));
    notes.extend(explained(results));
    Servers { notes, lines }
}
