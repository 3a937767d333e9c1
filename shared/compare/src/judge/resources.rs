//! What each workload took from the machine, technique by technique.

use crate::judge::latency;
use crate::model::experiment::{Cell, Experiment};
use crate::model::quantity::{bytes, count, percent, seconds};
use crate::model::results::Results;
use crate::model::rows::Row;
use crate::model::run::{Peak, Run};
use crate::model::technique::Contestant;

/// What one workload took from the machine.
#[derive(Debug)]
pub struct Resources {
    /// The workload's name.
    pub name: Row,
    /// What is counted, and for each of [`Contestant::COLUMNS`] how much of it: `-` if that is not known.
    pub lines: Vec<(&'static str, Vec<String>)>,
}

/// What the workload rows took: medians of the timed runs, and the most memory, threads and processes seen at once.
pub fn resources(results: &Results) -> Vec<Resources> {
    results.workloads().map(of).collect()
}

fn of(row: &Experiment) -> Resources {
    let median = |label, reading: fn(&Run) -> Option<f64>, written: fn(f64) -> String| {
        let value = |cell: &Cell| Some(written(cell.estimate(reading).ok()?.median));
        (label, each_technique(row, value))
    };
    let most = |label, reading: fn(Peak) -> u64, written: fn(f64) -> String| {
        let value = |cell: &Cell| Some(written(reading(cell.peak()?) as f64));
        (label, each_technique(row, value))
    };
    let whole = |number| count(number as u64);
    let mut lines = vec![
        median(
            "cores used",
            |run| Some(run.cpu() / run.wall),
            |cores| format!("{cores:.2}"),
        ),
        most("memory", |peak| peak.memory, bytes),
        most("private memory", |peak| peak.private, bytes),
        most("threads", |peak| peak.threads, whole),
        most("processes", |peak| peak.processes, whole),
        median("context switches", |run| Some(run.voluntary as f64), whole),
        median("preemptions", |run| Some(run.involuntary as f64), whole),
        median("in queues", |run| run.noise?.queued, seconds),
        ("ready, p50", each_technique(row, |cell| ready(cell, P50))),
        ("ready, p99", each_technique(row, |cell| ready(cell, P99))),
        median("CPU pressure", |run| run.noise?.pressure, percent),
    ];
    // Not every system tells how long threads stood in its queues.
    lines.retain(|(_, values)| values.iter().any(|value| value != "-"));
    Resources {
        name: row.name,
        lines,
    }
}

/// For how long tasks were ready before they ran, at this place of the spread: of the warm-up, the one run that is asked.
fn ready(cell: &Cell, place: usize) -> Option<String> {
    let run = cell.warm_up.as_ref()?.run()?;
    let spread = latency::of(&run.receipt.ready)?;
    spread.sure(place).map(seconds)
}

/// Places in a spread.
const P50: usize = 0;
const P99: usize = 2;

/// What is printed of each of [`Contestant::COLUMNS`] in a row: `-` where it is nothing.
pub fn each_technique(row: &Experiment, value: impl Fn(&Cell) -> Option<String>) -> Vec<String> {
    let value = |technique| row.cell(technique).and_then(&value);
    Contestant::COLUMNS
        .map(|technique| value(technique).unwrap_or("-".to_owned()))
        .into()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use shared::Latencies;

    use super::*;
    use crate::fixtures;
    use crate::model::noise::Noise;
    use crate::model::technique::Contestant::*;

    #[test]
    fn every_workload_has_a_line_for_each_reading() {
        let queued = |run: &mut Run| {
            run.noise = Some(Noise {
                others: None,
                stolen: None,
                pressure: None,
                queued: Some(0.007),
            });
            run.user = 1.5;
        };
        let results = fixtures::results().with(Row::Lists, Threading, queued);
        let all = resources(&results);
        assert_eq!(all.len(), results.workloads().count());
        let lists = all.iter().find(|row| row.name == Row::Lists).unwrap();
        let of = |label| {
            let mut lines = lists.lines.iter();
            let (_, values) = lines.find(|(name, _)| *name == label).unwrap();
            [&*values[0], &*values[1]]
        };
        assert_eq!(of("cores used"), ["1.00", "1.50"]);
        assert_eq!(of("private memory"), ["1.00 MiB", "1.00 MiB"]);
        assert_eq!(of("in queues"), ["-", "7.00 ms"]);
        let said = |label| lists.lines.iter().any(|(name, _)| *name == label);
        assert!(!said("CPU pressure"), "it was not measured");
        assert!(!said("ready, p50"), "it was not asked for");
    }

    #[test]
    fn tasks_that_were_ready_and_not_polled_stand_beside_threads_in_queues() {
        let waited = |run: &mut Run| {
            for time in 1..=200 {
                run.receipt.ready += Latencies::of(Duration::from_millis(time));
            }
        };
        let few = |run: &mut Run| {
            for _ in 0..2 {
                run.receipt.ready += Latencies::of(Duration::from_millis(1));
            }
        };
        let results = fixtures::results()
            .with_warm_up(Row::Hashes, Asyncio, waited)
            .with_warm_up(Row::Hashes, AsyncioMultiThread, few);
        let all = resources(&results);
        let hashes = all.iter().find(|row| row.name == Row::Hashes).unwrap();
        let of = |name| {
            let mut lines = hashes.lines.iter();
            let (_, values) = lines.find(|(line, _)| *line == name).unwrap();
            Contestant::COLUMNS.into_iter().zip(values)
        };
        for (who, value) in of("ready, p50") {
            let expected = match who {
                Asyncio => "100 ms",
                AsyncioMultiThread => "1.00 ms",
                _ => "-",
            };
            assert_eq!(value, expected, "{who}");
        }
        for (who, value) in of("ready, p99") {
            match who {
                Asyncio => assert!(value.starts_with("19"), "{value}"),
                // A 99th percentile of two is none.
                _ => assert_eq!(value, "-", "{who}"),
            }
        }
    }
}
