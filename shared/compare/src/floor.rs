//! What no technique can beat, for each row of the workload table.

use crate::contestant::Contestant::{BareLoop, Sequential};
use crate::results::{Experiment, Floor, NotMeasured};

/// Seconds below which no technique can come in this experiment.
///
/// # Errors
///
/// If it rests on something that was not measured.
pub fn floor(experiment: &Experiment) -> Result<f64, NotMeasured> {
    let missing = || NotMeasured("no floor is known".to_owned());
    match experiment.floor {
        Floor::Unknown => Err(missing()),
        Floor::Story { seconds } => Ok(seconds),
        Floor::Served { turns } => {
            let cells = &experiment.cells;
            // The server's own wait is the same whoever asks, so the shortest tells what is possible.
            let waits = cells
                .iter()
                .filter_map(|cell| cell.estimate(|run| run.served_after).ok());
            let shortest = waits.map(|wait| wait.median).min_by(f64::total_cmp);
            shortest.map(|wait| wait * turns as f64).ok_or_else(missing)
        }
        Floor::BareLoop { cores } => {
            let cell = experiment.cell(BareLoop).ok_or_else(missing)?;
            Ok(cell.wall()?.median / cores as f64)
        }
        Floor::Spread { cores } => {
            let cell = experiment.cell(Sequential).ok_or_else(missing)?;
            Ok(cell.estimate(|run| Some(run.cpu()))?.median / cores as f64)
        }
    }
}
