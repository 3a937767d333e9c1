//! What the servers carry: requests a second and how long they take, connections and what each takes up.

use crate::judge::questions::cost::slope;
use crate::judge::screening;
use crate::model::difference::{Factor, between};
use crate::model::experiment::{Cell, Experiment, NotMeasured};
use crate::model::quantity::{bytes, count, give_or_take, percent, seconds};
use crate::model::results::Results;
use crate::model::rows::{GREETED, LOAD_BUSY, LOAD_LATE, Row, Sweep};
use crate::model::run::Run;
use crate::model::stats::Estimate;
use crate::model::technique::Contestant::{self, *};

/// 99% of the requests must be answered within so many seconds: who waits longer for a page of this machine notices.
pub const PATIENCE: f64 = 0.01;

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
    results.cell(Row::ServeMost, who)?.estimate(rate)
}

fn rate(run: &Run) -> Option<f64> {
    Some(run.receipt.units as f64 / run.seconds)
}

/// How many times as long a request takes `this` as `that` when more are sent than they answer; `None` if it was measured too
/// seldom, or others disturbed it.
pub fn factor(results: &Results, this: Contestant, that: Contestant) -> Option<Factor> {
    let each = |who| {
        let cell = results.cell(Row::ServeMost, who).ok()?;
        let times = cell.runs().filter_map(rate).map(|rate| 1.0 / rate);
        (!screening::noisy(cell)).then(|| times.collect::<Vec<_>>())
    };
    between(&each(this)?, &each(that)?)
}

/// The rates of requests at which 64 connections were served well.
///
/// # Errors
///
/// If none was measured.
pub fn rates(results: &Results, who: Contestant) -> Result<Limit, NotMeasured> {
    limit(results, Sweep::ServeRate, who)
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
///
/// # Errors
///
/// If none was measured.
pub fn took(cell: &Cell, share: f64) -> Result<Estimate, NotMeasured> {
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

/// Connections that were all answered, and bytes of memory at the peak.
pub fn memory(results: &Results, who: Contestant) -> Vec<(f64, f64)> {
    let sweep = results.sweep(Sweep::ServeOpen).into_iter();
    let size = |(at, row): (f64, &Experiment)| {
        let cell = row.cell(who)?;
        let run = cell.warm_up.as_ref()?.run()?;
        let all = run.receipt.readings.get(GREETED)? >= &at;
        all.then_some((at, run.peak?.memory as f64))
    };
    sweep.filter_map(size).collect()
}

/// By how many seconds the load itself was late at most, for 99% of the requests of a sweep's step that went well.
pub fn lateness(results: &Results) -> Option<f64> {
    let rows = results.sweep(Sweep::ServeRate).into_iter();
    let cells = rows.flat_map(|(_, row)| row.cells.iter().map(move |cell| (row, cell)));
    let well = cells.filter(|(row, cell)| well(row, cell) == Ok(Some(true)));
    let late = well.filter_map(|(_, cell)| late(cell).ok());
    late.max_by(f64::total_cmp)
}

/// The most of a core that the load took with more requests than are answered: near 1 it was the load that gave in.
pub fn busy(results: &Results) -> Option<f64> {
    let row = results.experiment(Row::ServeMost).ok()?;
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
    let carried: Vec<_> = rates
        .iter()
        .filter_map(|(who, _)| {
            Some(format!(
                "{who} {}",
                connections(results, *who).ok()?.words()
            ))
        })
        .collect();
    (!each.is_empty()).then(|| {
        let rates = format!("{} requests/s", each.join(", "));
        match carried[..] {
            [] => rates,
            _ => format!("{rates}; in time over {} connections", carried.join(", ")),
        }
    })
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
        thread / task,
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
    let line = |what: String, value: &dyn Fn(Contestant) -> Result<String, NotMeasured>| {
        let values = Contestant::TECHNIQUES.map(|who| value(who).unwrap_or("-".to_owned()));
        (what, values.to_vec())
    };
    let rate = |who| {
        let rate = per_second(results, who)?;
        let number = count(rate.median as u64);
        Ok(format!("{number} {}", give_or_take(rate.spread())))
    };
    let mut lines = vec![line("requests/s answered".to_owned(), &rate)];
    for (at, row) in results.sweep(Sweep::ServeRate) {
        for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
            let time = |who| {
                let cell = row.cell(who);
                let cell = cell.ok_or_else(|| NotMeasured::LeftOut(row.name.to_string()))?;
                Ok(seconds(took(cell, share)?.median))
            };
            lines.push(line(format!("{name} at {}/s", count(at as u64)), &time));
        }
    }
    let in_time = seconds(PATIENCE);
    lines.extend([
        line(format!("requests/s with p99 up to {in_time}"), &|who| {
            Ok(rates(results, who)?.words())
        }),
        line(format!("connections with p99 up to {in_time}"), &|who| {
            Ok(connections(results, who)?.words())
        }),
        line("memory for a connection".to_owned(), &|who| {
            Ok(bytes(memory_each(results, who)?))
        }),
    ]);
    lines.retain(|(_, values)| values.iter().any(|value| value != "-"));
    let late = lateness(results).map(|late| {
        format!(
            "The load shares the cores with the server. Where that was in time 99% of the requests were sent at most {} late.",
            seconds(late)
        )
    });
    let busy = busy(results).map(|busy| {
        format!(
            "With more requests than are answered the load took up to {} of a core: near 100% it is the load that can do no more.",
            percent(busy)
        )
    });
    Servers {
        notes: late.into_iter().chain(busy).collect(),
        lines,
    }
}
