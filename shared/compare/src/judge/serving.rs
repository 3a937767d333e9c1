//! What the servers carry, in numbers: requests a second and how long they take, connections and what each takes up.

use shared::Latencies;

use crate::judge::questions::cost::slope;
use crate::judge::screening;
use crate::model::difference::{Factor, between};
use crate::model::experiment::{Cell, Experiment, NotMeasured};
use crate::model::load::IN_TIME;
use crate::model::quantity::{count, give_or_take};
use crate::model::results::Results;
use crate::model::rows::{GREETED, HIGHEST, LOAD_BUSY, LOAD_LATE, MOST, Row, Sweep};
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

/// How many times the memory of a task's connection a thread's takes.
///
/// # Errors
///
/// If it was not measured.
pub fn memory_of_threads(results: &Results) -> Result<f64, NotMeasured> {
    Ok(memory_each(results, Threading)? / memory_each(results, Asyncio)?)
}
