//! How many times as fast Rust is as Python, workload by workload, each technique against its twin.

use crate::judge::screening;
use crate::model::difference::{Factor, between};
use crate::model::experiment::{Cell, Experiment};
use crate::model::python::Python;
use crate::model::results::Results;
use crate::model::rows;
use crate::model::run::Run;
use crate::model::technique::Contestant;

/// An interpreter's factors.
#[derive(Debug)]
pub struct Factors {
    /// The interpreter's name.
    pub python: String,
    /// A row for each workload, and one for starting and ending a program.
    pub rows: Vec<Row>,
}

/// A workload's factors.
#[derive(Debug)]
pub struct Row {
    /// The workload.
    pub name: String,
    /// Its size in Python. Rust's may be another: what is compared is the time for an item.
    pub label: String,
    /// For each of [`Contestant::CONCLUDED`]: Python's time for an item divided by Rust's.
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
                factors: each(row, ours, |row, run| {
                    run.seconds / (run.receipt.units as f64 * row.per_unit)
                }),
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
            factors: each(row, ours, |_, run| run.wall - run.seconds),
        });
    }
    Factors {
        python: python.name(),
        rows,
    }
}

fn each(
    theirs: &Experiment,
    ours: &Experiment,
    reading: fn(&Experiment, &Run) -> f64,
) -> Vec<Option<Factor>> {
    let samples = |row: &Experiment, cell: &Cell| {
        cell.runs().map(|run| reading(row, run)).collect::<Vec<_>>()
    };
    let factor = |who: Contestant| {
        let (python, rust) = (theirs.cell(who)?, ours.cell(who)?);
        between(&samples(theirs, python), &samples(ours, rust))
    };
    Contestant::CONCLUDED.map(factor).into()
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
        assert_eq!(hashes.factors.len(), Contestant::CONCLUDED.len());
        for factor in &hashes.factors {
            assert!((factor.unwrap().middle - 10.0).abs() < 1e-9, "{factor:?}");
        }
    }

    #[test]
    fn what_python_did_not_measure_has_no_factor() {
        let mut results = fixtures::results();
        let mut python = fixtures::python(&results);
        python.experiments.retain(|row| row.name != rows::Row::Cats);
        for row in &mut python.experiments {
            row.cells.retain(|cell| cell.contestant != Asyncio);
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
    fn to_start_and_end_takes_what_the_program_does_not_see() {
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
