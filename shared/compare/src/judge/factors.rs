//! How many times as fast Rust is as Python, workload by workload, each technique against its twin.

use crate::judge::screening;
use crate::model::difference::{Factor, between};
use crate::model::experiment::{Cell, Experiment};
use crate::model::python::Python;
use crate::model::results::Results;
use crate::model::rows::{self, NODES_CPU};
use crate::model::run::Run;
use crate::model::technique::Contestant::{self, Cluster};

/// An interpreter's factors.
#[derive(Debug)]
pub struct Factors {
    /// The interpreter's name.
    pub python: String,
    /// A row for each workload, one for starting and ending a program, and those of the cluster's own.
    pub rows: Vec<Row>,
}

/// A workload's factors.
#[derive(Debug)]
pub struct Row {
    /// The workload.
    pub name: String,
    /// Its size in Python. Rust's may be another: what is compared is the time for an item.
    pub label: String,
    /// For each of [`Contestant::VERDICTS`]: Python's time for an item divided by Rust's.
    pub factors: Vec<Option<Factor>>,
}

/// The factors of all interpreters that took part.
pub fn factors(rust: &Results) -> Vec<Factors> {
    let took_part = rust
        .pythons
        .iter()
        .filter(|python| python.description.is_ok());
    took_part.map(|python| of(rust, python)).collect()
}

fn of(rust: &Results, python: &Python) -> Factors {
    let theirs = python.as_results(rust);
    let mut rows = Vec::new();
    for row in theirs.workloads() {
        let Ok(ours) = rust.experiment(row.name) else {
            continue;
        };
        if screening::pass(row).is_ok() && screening::pass(ours).is_ok() {
            rows.push(Row {
                name: row.name.to_string(),
                label: row.label.clone(),
                factors: each(row, ours, each_unit),
            });
        }
    }
    if let (Ok(row), Ok(ours)) = (
        theirs.experiment(rows::Row::Waiter),
        rust.experiment(rows::Row::Waiter),
    ) {
        rows.push(Row {
            name: "start and end".to_owned(),
            label: "of the program itself".to_owned(),
            factors: each(row, ours, |_, run| Some(run.wall - run.seconds)),
        });
    }
    rows.extend(ON_MACHINES.iter().filter_map(|(name, label, reading)| {
        let row = theirs.experiment(*name).ok()?;
        let factors = each(row, rust.experiment(*name).ok()?, *reading);
        let place = Contestant::VERDICTS
            .iter()
            .position(|who| *who == Cluster)?;
        let mut only = vec![None; factors.len()];
        only[place] = Some(factors[place]?);
        Some(Row {
            name: name.to_string(),
            label: (*label).to_owned(),
            factors: only,
        })
    }));
    Factors {
        python: python.name(),
        rows,
    }
}

/// What the cluster alone is asked: the row, what is compared, and how much of it there is in a run.
const ON_MACHINES: [(rows::Row, &str, Reading); 5] = [
    (rows::Row::StartOne, "a node and its first task", each_unit),
    (rows::Row::PingpongAnyCore, "there and back", each_unit),
    (rows::Row::TasksAlone, "time of a task alone", each_unit),
    (rows::Row::TasksAlone, "CPU of a task alone", |_, run| {
        Some(run.receipt.readings.get(NODES_CPU)? / run.receipt.units as f64)
    }),
    (
        rows::Row::TasksChunks,
        "time of a task among many",
        each_unit,
    ),
];

/// Of which a factor is taken.
type Reading = fn(&Experiment, &Run) -> Option<f64>;

fn each_unit(row: &Experiment, run: &Run) -> Option<f64> {
    Some(run.seconds / (run.receipt.units as f64 * row.per_unit))
}

fn each(theirs: &Experiment, ours: &Experiment, reading: Reading) -> Vec<Option<Factor>> {
    let samples = |row: &Experiment, cell: &Cell| {
        let readings = cell.runs().filter_map(|run| reading(row, run));
        readings.collect::<Vec<_>>()
    };
    let factor = |who: Contestant| {
        let (python, rust) = (theirs.cell(who)?, ours.cell(who)?);
        between(&samples(theirs, python), &samples(ours, rust))
    };
    Contestant::VERDICTS.map(factor).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::model::technique::Contestant::{Asyncio, Threading};

    #[test]
    fn a_factor_is_the_time_for_one_item_whatever_the_sizes() {
        let mut results = fixtures::results();
        let mut python = fixtures::python(&results);
        for row in &mut python.experiments {
            row.per_unit /= 10.0;
        }
        results.pythons = vec![python];
        let factors = &factors(&results)[0];
        let hashes = factors
            .rows
            .iter()
            .find(|row| row.name == "hashes")
            .unwrap();
        for factor in &hashes.factors[..Contestant::CONCLUDED.len()] {
            assert!((factor.unwrap().middle - 10.0).abs() < 1e-9, "{factor:?}");
        }
    }

    #[test]
    fn celerys_workers_are_compared_in_the_column_of_the_cluster() {
        let taken = |tasks: u64, seconds: f64, cpu: f64| {
            let results = fixtures::with_machines();
            results.with(rows::Row::TasksAlone, Cluster, |run| {
                run.receipt.units = tasks;
                run.seconds = seconds;
                run.receipt.readings.insert(NODES_CPU.to_owned(), cpu);
            })
        };
        let mut results = taken(100, 0.1, 0.02);
        results.pythons = vec![fixtures::python(&taken(50, 0.15, 0.05))];
        let factors = &factors(&results)[0];
        let place = Contestant::VERDICTS.iter().position(|who| *who == Cluster);
        let factor = |name: &str, label: &str| {
            let mut rows = factors.rows.iter();
            let row = rows.find(|row| row.name == name && row.label.contains(label));
            row.unwrap().factors[place.unwrap()].unwrap().middle
        };
        assert!((factor("tasks-alone", "time") - 3.0).abs() < 1e-9);
        assert!((factor("tasks-alone", "CPU") - 5.0).abs() < 1e-9);
        assert!((factor("hashes", "") - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_row_that_python_did_not_measure_has_no_factor() {
        let mut results = fixtures::results();
        let mut python = fixtures::python(&results);
        python.experiments.retain(|row| row.name != rows::Row::Cats);
        for row in &mut python.experiments {
            row.cells.retain(|cell| cell.runner != Asyncio);
        }
        results.pythons = vec![python];
        let factors = &factors(&results)[0];
        assert!(factors.rows.iter().all(|row| row.name != "cats"));
        let place = |who| {
            Contestant::CONCLUDED
                .iter()
                .position(|other| *other == who)
                .unwrap()
        };
        let lists = factors.rows.iter().find(|row| row.name == "lists").unwrap();
        assert!(
            lists.factors[place(Asyncio)].is_none() && lists.factors[place(Threading)].is_some()
        );
    }

    #[test]
    fn a_row_that_failed_in_one_language_has_no_factor() {
        let well = fixtures::results();
        let failed = fixtures::results().with_failure(rows::Row::Hashes, Threading, "no answer");
        for (rust, python) in [(&well, &failed), (&failed, &well)] {
            let mut results = rust.clone();
            results.pythons = vec![fixtures::python(python)];
            let factors = &factors(&results)[0];
            assert!(factors.rows.iter().all(|row| row.name != "hashes"));
        }
    }

    #[test]
    fn start_and_end_take_the_time_that_the_program_does_not_see() {
        let whole = |wall| {
            let results = fixtures::results();
            results.with(rows::Row::Waiter, Threading, |run| run.wall = wall)
        };
        let mut results = whole(1.125);
        results.pythons = vec![fixtures::python(&whole(1.5))];
        let factors = &factors(&results)[0];
        let mut rows = factors.rows.iter();
        let start = rows.find(|row| row.name == "start and end").unwrap();
        let factor = start.factors.iter().flatten().next().unwrap();
        assert!((factor.middle - 4.0).abs() < 1e-9, "{factor:?}");
    }
}
