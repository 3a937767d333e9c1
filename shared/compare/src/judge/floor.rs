//! What no technique can beat, for each row of the workload table.

use crate::model::experiment::{Experiment, Floor, NotMeasured};
use crate::model::technique::Contestant::Sequential;
use crate::model::technique::Runner::BareLoop;

/// Seconds below which no technique can come in this experiment.
///
/// # Errors
///
/// If it rests on something that was not measured.
pub fn floor(experiment: &Experiment) -> Result<f64, NotMeasured> {
    match experiment.floor {
        Floor::Unknown => Err(unknown()),
        Floor::Story { seconds } => Ok(seconds),
        Floor::Served { turns } => Ok(held_back(experiment)? * turns as f64),
        Floor::BareLoop { cores } => {
            let cell = experiment.cell(BareLoop).ok_or_else(unknown)?;
            Ok(cell.wall()?.median / cores as f64)
        }
        Floor::Spread { cores } => {
            let cell = experiment.cell(Sequential).ok_or_else(unknown)?;
            Ok(cell.estimate(|run| Some(run.cpu()))?.median / cores as f64)
        }
    }
}

/// Seconds for which the server held every page back. It does so for every client, so the shortest tells what is possible.
///
/// # Errors
///
/// If the server's wait was not measured.
pub fn held_back(experiment: &Experiment) -> Result<f64, NotMeasured> {
    let cells = &experiment.cells;
    let waits = cells
        .iter()
        .filter_map(|cell| cell.estimate(|run| run.served_after).ok());
    let shortest = waits.map(|wait| wait.median).min_by(f64::total_cmp);
    shortest.ok_or_else(unknown)
}

fn unknown() -> NotMeasured {
    NotMeasured::Undecided("no floor is known".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::model::rows::Row;

    #[test]
    fn the_time_of_one_core_is_spread_over_all() {
        let results = fixtures::results()
            .with(Row::Hashes, BareLoop, |run| run.wall = 3.0)
            .with(Row::Lists, Sequential, |run| run.user = 5.0);
        assert_eq!(floor(results.row(Row::Hashes)), Ok(1.5));
        assert_eq!(floor(results.row(Row::Lists)), Ok(2.5));
    }
}
