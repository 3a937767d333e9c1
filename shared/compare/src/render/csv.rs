//! All runs as CSV: a line for each, for spreadsheets and data frames.

use crate::judge::latency;
use crate::judge::screening;
use crate::model::experiment::{Cell, Experiment};
use crate::model::results::Results;
use crate::model::run::{Outcome, Run};

const HEAD: &str = "experiment,technique,round,outcome,wall_s,inside_s,user_s,system_s,voluntary_switches,\
    involuntary_switches,memory_bytes,private_bytes,threads,processes,others_share,stolen_share,pressure_share,queued_s,cores,\
    disturbed,cell_noisy,units,bytes,request_p50_s,request_p95_s,request_p99_s,request_max_s,interpreter";

/// All runs, warm-ups as round 0, Rust's first and then each interpreter's. What was not measured is empty.
pub fn render(results: &Results) -> String {
    let mut text = format!("{HEAD}\n");
    let pythons = results
        .pythons
        .iter()
        .flat_map(|python| &python.experiments);
    for experiment in results.experiments.iter().chain(pythons) {
        for cell in &experiment.cells {
            let warm_up = cell.warm_up.iter().map(|outcome| (0, outcome));
            let rounds = cell.rounds.iter().enumerate();
            for (round, outcome) in
                warm_up.chain(rounds.map(|(index, outcome)| (index + 1, outcome)))
            {
                text += &line(experiment, cell, round, outcome);
            }
        }
    }
    text
}

fn line(experiment: &Experiment, cell: &Cell, round: usize, outcome: &Outcome) -> String {
    let failure = outcome.failure().unwrap_or("ok".to_owned());
    let mut fields = vec![
        experiment.name.to_string(),
        cell.contestant.to_string(),
        round.to_string(),
        failure,
    ];
    match outcome.run() {
        Some(run) => fields.extend(numbers(cell, run)),
        None => fields.resize(HEAD.split(',').count() - 1, String::new()),
    }
    fields.push(experiment.interpreter.clone().unwrap_or_default());
    let fields: Vec<_> = fields.iter().map(|field| quoted(field)).collect();
    fields.join(",") + "\n"
}

fn numbers(cell: &Cell, run: &Run) -> Vec<String> {
    fn known(value: Option<impl ToString>) -> String {
        value.map_or(String::new(), |value| value.to_string())
    }
    let noise = run.noise;
    let spread = latency::of(&run.receipt.latencies);
    let requests = (0..4).map(|place| known(spread.map(|spread| spread.0[place])));
    let mut numbers = vec![
        run.wall.to_string(),
        run.seconds.to_string(),
        run.user.to_string(),
        run.system.to_string(),
        run.voluntary.to_string(),
        run.involuntary.to_string(),
        known(run.peak.map(|peak| peak.memory)),
        known(run.peak.map(|peak| peak.private)),
        known(run.peak.map(|peak| peak.threads)),
        known(run.peak.map(|peak| peak.processes)),
        known(noise.and_then(|noise| noise.others)),
        known(noise.and_then(|noise| noise.stolen)),
        known(noise.and_then(|noise| noise.pressure)),
        known(noise.and_then(|noise| noise.queued)),
        (run.cpu() / run.wall).to_string(),
        Run::disturbed(run).to_string(),
        screening::noisy(cell).to_string(),
        run.receipt.units.to_string(),
        run.receipt.bytes.to_string(),
    ];
    numbers.extend(requests);
    numbers
}

/// A field as RFC 4180 has it: in quotes if it holds what separates, quotes doubled.
fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::model::rows::Row;
    use crate::model::technique::Contestant::Threading;

    #[test]
    fn every_run_is_a_line_with_all_columns() {
        let results = fixtures::results().with_failure(Row::Cats, Threading, "no page");
        let text = render(&results);
        let runs = results.experiments.iter().flat_map(|row| &row.cells);
        let runs: usize = runs
            .map(|cell| cell.rounds.len() + usize::from(cell.warm_up.is_some()))
            .sum();
        assert_eq!(text.lines().count(), 1 + runs);
        for line in text.lines() {
            assert_eq!(line.split(',').count(), HEAD.split(',').count(), "{line}");
        }
        assert!(text.contains("cats,threading,1,no page,,"), "{text}");
    }

    #[test]
    fn an_interpreters_runs_are_told_from_rusts() {
        let mut results = fixtures::results();
        let rust = render(&results).lines().count();
        let mut python = fixtures::python(&results);
        for row in &mut python.experiments {
            row.interpreter = Some(python.program.clone());
        }
        results.pythons = vec![python];
        let text = render(&results);
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
    fn a_reason_with_commas_and_quotes_stays_one_field() {
        assert_eq!(quoted("plain"), "plain");
        assert_eq!(quoted("a, \"b\""), "\"a, \"\"b\"\"\"");
    }
}
