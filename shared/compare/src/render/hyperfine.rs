//! The timed runs of the workloads in the form that hyperfine 2 exports, for tools that read it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::experiment::{Cell, Experiment};
use crate::model::results::Results;
use crate::model::run::Run;

#[derive(Serialize)]
struct Export {
    results: Vec<Record>,
}

/// A command's runs, with hyperfine's names.
#[derive(Serialize)]
struct Record {
    command: String,
    mean: f64,
    /// `None` for a single run.
    stddev: Option<f64>,
    median: f64,
    user: f64,
    system: f64,
    min: f64,
    max: f64,
    times: Vec<f64>,
    exit_codes: Vec<i32>,
    parameters: BTreeMap<&'static str, String>,
}

/// All timed runs that ended well, as JSON: a record for each cell of the workload table.
///
/// # Errors
///
/// If a number is none that JSON knows.
pub fn render(results: &Results) -> serde_json::Result<String> {
    let rows = results.workloads();
    let records = rows.flat_map(|row| row.cells.iter().filter_map(|cell| record(row, cell)));
    let export = Export {
        results: records.collect(),
    };
    Ok(serde_json::to_string_pretty(&export)? + "\n")
}

/// A cell's record; `None` if no run of it ended well.
fn record(row: &Experiment, cell: &Cell) -> Option<Record> {
    let of = |reading: fn(&Run) -> f64| cell.runs().map(reading).collect::<Vec<_>>();
    let times = of(|run| run.wall);
    let median = cell.wall().ok()?.median;
    let mean = mean(&times);
    let squares: f64 = times.iter().map(|time| (time - mean).powi(2)).sum();
    Some(Record {
        // hyperfine has a name for a command, too.
        command: row
            .command(cell)
            .unwrap_or_else(|| format!("{} {}", cell.runner, row.name)),
        mean,
        stddev: (times.len() > 1).then(|| (squares / (times.len() - 1) as f64).sqrt()),
        median,
        user: self::mean(&of(|run| run.user)),
        system: self::mean(&of(|run| run.system)),
        min: times.iter().copied().fold(f64::INFINITY, f64::min),
        max: times.iter().copied().fold(0.0, f64::max),
        // A run that did not end well has no time.
        exit_codes: vec![0; times.len()],
        times,
        parameters: BTreeMap::from([
            ("workload", row.name.to_string()),
            ("technique", cell.runner.to_string()),
        ]),
    })
}

fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::fixtures;
    use crate::model::rows::Row;
    use crate::model::technique::Contestant::*;

    #[test]
    fn every_record_has_what_hyperfines_own_scripts_read() {
        let results = fixtures::results().with(Row::Hashes, Threading, |run| run.wall = 0.5);
        let export: Value = serde_json::from_str(&render(&results).unwrap()).unwrap();
        let records = export["results"].as_array().unwrap();
        let workloads = results.workloads();
        assert_eq!(
            records.len(),
            workloads.map(|row| row.cells.len()).sum::<usize>()
        );
        for record in records {
            // plot_whisker, plot_histogram, plot_progression, advanced_statistics and welch_ttest.
            let technique = record["parameters"]["technique"].as_str().unwrap();
            let command = record["command"].as_str().unwrap();
            assert!(command.contains('/') || technique == "cluster", "{command}");
            let times = record["times"].as_array().unwrap();
            assert!(times.len() == 5 && times.iter().all(Value::is_f64));
            // plot_parametrized and plot_benchmark_comparison.
            for name in ["mean", "median", "min", "max", "user", "system", "stddev"] {
                assert!(record[name].is_f64(), "{name}: {record}");
            }
            let parameters = record["parameters"].as_object().unwrap();
            assert!(parameters.values().all(Value::is_string));
            assert_eq!(record["exit_codes"].as_array().unwrap().len(), times.len());
        }
        let threads = records.iter().find(|record| {
            record["parameters"]["workload"] == "hashes"
                && record["parameters"]["technique"] == "threading"
        });
        assert_eq!(threads.unwrap()["mean"], 0.5);
        assert_eq!(threads.unwrap()["stddev"], 0.0);
    }

    #[test]
    fn a_single_run_has_no_deviation_and_a_failed_one_no_record() {
        let mut results = fixtures::results().with_failure(Row::Cats, Asyncio, "oh");
        results.experiments.retain(|row| row.name == Row::Cats);
        results.experiments[0]
            .cells
            .iter_mut()
            .for_each(|cell| cell.rounds.truncate(1));
        let export: Value = serde_json::from_str(&render(&results).unwrap()).unwrap();
        let records = export["results"].as_array().unwrap();
        assert_eq!(records.len(), results.experiments[0].cells.len() - 1);
        assert!(records.iter().all(|record| record["stddev"].is_null()));
    }
}
