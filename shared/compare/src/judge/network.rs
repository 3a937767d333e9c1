//! What a bad network costs: the same pages within the same limits, from a server that behaves and from one that does not.

use crate::judge::latency::{self, Spread};
use crate::judge::resources::each_technique;
use crate::judge::workload::{Workload, workload};
use crate::model::experiment::{Cell, Experiment};
use crate::model::quantity::{bytes, count, seconds, times};
use crate::model::results::Results;
use crate::model::rows::Row;
use crate::model::run::Run;

/// What a bad network cost.
#[derive(Debug)]
pub struct BadNetwork {
    /// How the pages ended, in all techniques alike, in sentences.
    pub ends: Vec<String>,
    /// The times, without and with faults.
    pub rows: [Workload; 2],
    /// What else is counted, and for [`each_technique`] how much of it.
    pub lines: Vec<(&'static str, Vec<String>)>,
}

/// What a bad network cost, if one was asked for.
pub fn bad_network(results: &Results) -> Option<BadNetwork> {
    let (good, bad) = (
        results.experiment(Row::SitesGood).ok()?,
        results.experiment(Row::SitesBad).ok()?,
    );
    let line = |label, row: &Experiment, value: &dyn Fn(&Cell) -> Option<String>| {
        (label, each_technique(row, value))
    };
    let wasted = |cell: &Cell| Some(count(wasted(cell.runs().next()?)));
    let longer = |cell: &Cell| {
        let calm = good.cell(cell.runner)?.wall().ok()?;
        Some(times(cell.wall().ok()?.median / calm.median))
    };
    let p99 = |cell: &Cell| {
        let Spread([.., p99, _], _) = latency::spread(cell)?;
        Some(seconds(p99))
    };
    let memory = |cell: &Cell| Some(bytes(cell.peak()?.memory as f64));
    Some(BadNetwork {
        ends: ends(bad).into_iter().collect(),
        rows: [good, bad].map(workload),
        lines: vec![
            line("as long as good", bad, &longer),
            line("page p99, good", good, &p99),
            line("page p99, bad", bad, &p99),
            line("wasted requests", bad, &wasted),
            line("memory, good", good, &memory),
            line("memory, bad", bad, &memory),
        ],
    })
}

/// Requests that brought no page.
fn wasted(run: &Run) -> u64 {
    run.receipt.tries.troubles().total()
}

fn ends(bad: &Experiment) -> Option<String> {
    let run = bad.cells.iter().flat_map(Cell::runs).next()?;
    let (pages, tries) = (&run.receipt.outcomes, &run.receipt.tries);
    Some(format!(
        "Of {}: {pages}. That took {} requests: {tries}.",
        bad.label,
        count(tries.total())
    ))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use shared::Latencies;
    use shared::download::{Outcome, Tally};

    use super::*;
    use crate::fixtures;
    use crate::judge::screening;
    use crate::model::technique::Contestant::{self, *};

    /// Ten pages in half a second; with faults nine in two seconds, for which twelve requests were needed.
    fn results() -> Results {
        let mut results = fixtures::results_of(&["--faults"]);
        for who in Contestant::TECHNIQUES {
            results = results.with(Row::SitesGood, who, |run| run.wall = 0.5);
            results = results.with(Row::SitesBad, who, |run| {
                run.wall = 2.0;
                run.receipt.latencies += Latencies::of(Duration::from_millis(1020));
                run.receipt.units = 9;
                for _ in 0..run.receipt.units {
                    run.receipt.outcomes += Tally::of(Outcome::Ok);
                }
                run.receipt.outcomes += Tally::of(Outcome::NotFound);
                run.receipt.tries = run.receipt.outcomes;
                run.receipt.tries += Tally::of(Outcome::Reset);
                run.receipt.tries += Tally::of(Outcome::Timeout);
            });
        }
        results
    }

    #[test]
    fn a_bad_network_has_its_price_for_every_technique() {
        let network = bad_network(&results()).unwrap();
        let all_have = |name, value| {
            let mut lines = network.lines.iter();
            let (_, values) = lines.find(|(line, _)| *line == name).unwrap();
            let values = &values[..Contestant::TECHNIQUES.len()];
            assert!(values.iter().all(|it| it == value), "{name}: {values:?}");
        };
        all_have("as long as good", "4.00x");
        all_have("page p99, bad", "1.02 s");
        all_have("page p99, good", "-");
        all_have("wasted requests", "3");
        all_have("memory, bad", "1.00 MiB");
        assert!(
            network.ends[0].contains("9 ok, 1 not found. That took 12 requests"),
            "{:?}",
            network.ends
        );
    }

    #[test]
    fn a_technique_that_met_other_faults_is_refused() {
        let results = results().with(Row::SitesBad, Asyncio, |run| {
            run.receipt.tries += Tally::of(Outcome::Timeout);
        });
        let refusal = screening::pass(results.row(Row::SitesBad)).unwrap_err();
        assert!(refusal.contains("2 timeout"), "{refusal}");
    }

    #[test]
    fn without_faults_there_is_nothing_to_tell() {
        assert!(bad_network(&fixtures::results()).is_none());
    }
}
