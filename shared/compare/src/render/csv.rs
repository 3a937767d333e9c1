//! All runs as CSV: a line for each, for spreadsheets and data frames.

use ::csv::Writer;
use serde::Serialize;

use crate::judge::latency::{self, Spread};
use crate::judge::screening;
use crate::model::experiment::{Cell, Experiment};
use crate::model::results::Results;
use crate::model::rows::Row;
use crate::model::run::{Outcome, Run};
use crate::model::technique::Runner;

/// One run, by the names of the columns. What was not measured is empty.
#[derive(Serialize)]
struct Line<'a> {
    experiment: Row,
    technique: Runner,
    /// 0 is the warm-up.
    round: usize,
    outcome: String,
    wall_s: Option<f64>,
    inside_s: Option<f64>,
    user_s: Option<f64>,
    system_s: Option<f64>,
    voluntary_switches: Option<u64>,
    involuntary_switches: Option<u64>,
    memory_bytes: Option<u64>,
    private_bytes: Option<u64>,
    threads: Option<u64>,
    processes: Option<u64>,
    others_share: Option<f64>,
    stolen_share: Option<f64>,
    pressure_share: Option<f64>,
    queued_s: Option<f64>,
    cores: Option<f64>,
    disturbed: Option<bool>,
    cell_noisy: Option<bool>,
    units: Option<u64>,
    bytes: Option<u64>,
    request_p50_s: Option<f64>,
    request_p95_s: Option<f64>,
    request_p99_s: Option<f64>,
    request_max_s: Option<f64>,
    interpreter: Option<&'a str>,
}

/// All runs, warm-ups as round 0, Rust's first and then each interpreter's.
///
/// # Errors
///
/// None that a run could cause: everything is written to memory.
pub fn render(results: &Results) -> anyhow::Result<String> {
    let mut lines = Writer::from_writer(Vec::new());
    let pythons = results.pythons.iter();
    let pythons = pythons.flat_map(|python| &python.experiments);
    for experiment in results.experiments.iter().chain(pythons) {
        for cell in &experiment.cells {
            let warm_up = cell.warm_up.iter().map(|outcome| (0, outcome));
            let rounds = (1..).zip(&cell.rounds);
            for (round, outcome) in warm_up.chain(rounds) {
                lines.serialize(line(experiment, cell, round, outcome))?;
            }
        }
    }
    Ok(String::from_utf8(lines.into_inner()?)?)
}

fn line<'a>(experiment: &'a Experiment, cell: &Cell, round: usize, outcome: &Outcome) -> Line<'a> {
    let run = outcome.run();
    let peak = run.and_then(|run| run.peak);
    let noise = run.and_then(|run| run.noise);
    let spread = run.and_then(|run| latency::of(&run.receipt.latencies));
    let [p50, p95, p99, max] =
        [0, 1, 2, 3].map(|place| spread.map(|Spread(times, _)| times[place]));
    Line {
        experiment: experiment.name,
        technique: cell.runner,
        round,
        outcome: outcome.failure().unwrap_or("ok".to_owned()),
        wall_s: run.map(|run| run.wall),
        inside_s: run.map(|run| run.seconds),
        user_s: run.map(|run| run.user),
        system_s: run.map(|run| run.system),
        voluntary_switches: run.map(|run| run.voluntary),
        involuntary_switches: run.map(|run| run.involuntary),
        memory_bytes: peak.map(|peak| peak.memory),
        private_bytes: peak.map(|peak| peak.private),
        threads: peak.map(|peak| peak.threads),
        processes: peak.map(|peak| peak.processes),
        others_share: noise.and_then(|noise| noise.others),
        stolen_share: noise.and_then(|noise| noise.stolen),
        pressure_share: noise.and_then(|noise| noise.pressure),
        queued_s: noise.and_then(|noise| noise.queued),
        cores: run.map(|run| run.cpu() / run.wall),
        disturbed: run.map(Run::disturbed),
        cell_noisy: run.map(|_| screening::noisy(cell)),
        units: run.map(|run| run.receipt.units),
        bytes: run.map(|run| run.receipt.bytes),
        request_p50_s: p50,
        request_p95_s: p95,
        request_p99_s: p99,
        request_max_s: max,
        interpreter: experiment.interpreter.as_deref(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::model::technique::Contestant::Threading;

    #[test]
    fn every_run_is_a_line_with_all_columns() {
        let results = fixtures::results().with_failure(Row::Cats, Threading, "no page");
        let text = render(&results).unwrap();
        let runs = results.experiments.iter().flat_map(|row| &row.cells);
        let runs: usize = runs
            .map(|cell| cell.rounds.len() + usize::from(cell.warm_up.is_some()))
            .sum();
        assert_eq!(text.lines().count(), 1 + runs);
        let columns = text.lines().next().unwrap().split(',').count();
        for line in text.lines() {
            assert_eq!(line.split(',').count(), columns, "{line}");
        }
        assert!(text.contains("cats,threading,1,no page,,"), "{text}");
    }

    #[test]
    fn the_runs_of_an_interpreter_bear_its_name() {
        let mut results = fixtures::results();
        let rust = render(&results).unwrap().lines().count();
        let mut python = fixtures::python(&results);
        for row in &mut python.experiments {
            row.interpreter = Some(python.program.clone());
        }
        results.pythons = vec![python];
        let text = render(&results).unwrap();
        let (rusts, pythons) = text
            .lines()
            .partition::<Vec<_>, _>(|line| !line.ends_with(",python3"));
        assert_eq!(rusts.len(), rust);
        assert!(
            pythons
                .iter()
                .any(|line| line.starts_with("hashes,threading,1,ok,"))
        );
    }

    #[test]
    fn the_columns_have_the_names_by_which_data_frames_ask_for_them() {
        let text = render(&fixtures::results()).unwrap();
        let head = "experiment,technique,round,outcome,wall_s,inside_s,user_s,system_s,voluntary_switches,\
            involuntary_switches,memory_bytes,private_bytes,threads,processes,others_share,stolen_share,pressure_share,\
            queued_s,cores,disturbed,cell_noisy,units,bytes,request_p50_s,request_p95_s,request_p99_s,request_max_s,\
            interpreter";
        assert_eq!(text.lines().next(), Some(head));
    }

    #[test]
    fn a_reason_with_commas_and_quotes_stays_one_field() {
        let results = fixtures::results().with_failure(Row::Cats, Threading, "a, \"b\"");
        let text = render(&results).unwrap();
        assert!(
            text.contains("cats,threading,1,\"a, \"\"b\"\"\",,"),
            "{text}"
        );
    }
}
