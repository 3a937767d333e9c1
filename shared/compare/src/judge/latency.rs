//! How long single requests took: of all rounds of a cell together, since a round alone has too few for a 99th percentile.

use shared::Latencies;

use crate::model::experiment::{Cell, Experiment};
use crate::model::results::Results;
use crate::model::rows;
use crate::model::technique::Contestant;

/// The shares of requests that are printed, and what they are called.
pub const SHARES: [(&str, f64); 4] = [("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0)];

/// A row's requests.
#[derive(Debug)]
pub struct Row {
    /// The workload's name.
    pub name: rows::Row,
    /// For each of [`Contestant::COLUMNS`] how long its requests took.
    pub spreads: Vec<Option<Spread>>,
}

/// The seconds that shares of a cell's requests took at most, in the order of [`SHARES`], and how many requests there were.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread(pub [f64; 4], pub u64);

impl Spread {
    /// The time at this place of [`SHARES`], if at least one request took longer: a percentile of fewer is no other than the
    /// longest.
    pub fn sure(&self, place: usize) -> Option<f64> {
        let (_, share) = SHARES[place];
        let beyond = self.1 as f64 * (1.0 - share);
        (share == 1.0 || beyond >= 1.0).then_some(self.0[place])
    }
}

/// The workload rows whose requests were timed.
pub fn rows(results: &Results) -> Vec<Row> {
    let rows = results.workloads().map(row);
    rows.filter(|row| row.spreads.iter().any(Option::is_some))
        .collect()
}

fn row(row: &Experiment) -> Row {
    let spread = |who| spread(row.cell(who)?);
    Row {
        name: row.name,
        spreads: Contestant::COLUMNS.map(spread).into(),
    }
}

/// How long a cell's requests took, if they were timed.
pub fn spread(cell: &Cell) -> Option<Spread> {
    let mut all = Latencies::default();
    for run in cell.runs() {
        all += run.receipt.latencies.clone();
    }
    of(&all)
}

/// The same of any requests.
pub fn of(latencies: &Latencies) -> Option<Spread> {
    let mut times = [0.0; 4];
    for (time, (_, share)) in times.iter_mut().zip(SHARES) {
        *time = latencies.quantile(share)?;
    }
    Some(Spread(times, latencies.count()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::fixtures;
    use crate::model::technique::Contestant::*;

    #[test]
    fn the_requests_of_all_rounds_count_together_and_only_where_they_were_timed() {
        assert!(rows(&fixtures::results()).is_empty());
        let results = fixtures::results().with(rows::Row::Cats, Threading, |run| {
            for time in 1..=20 {
                run.receipt.latencies += Latencies::of(Duration::from_millis(time));
            }
        });
        let rows = rows(&results);
        assert_eq!((rows.len(), rows[0].name), (1, rows::Row::Cats));
        let spread = rows[0].spreads[1].unwrap();
        let Spread([p50, p95, p99, max], requests) = spread;
        assert!((0.0099..=0.0101).contains(&p50), "{p50}");
        assert!(p50 < p95 && p95 < p99 && p99 <= max, "{p95} {p99} {max}");
        assert_eq!(rows[0].spreads[0], None);
        assert_eq!(requests, 100);
        assert_eq!(spread.sure(2), Some(p99));
        let few = Spread(spread.0, 99);
        assert_eq!(
            (few.sure(1), few.sure(2), few.sure(3)),
            (Some(p95), None, Some(max))
        );
    }
}
