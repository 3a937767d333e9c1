//! In which order everything is measured: round after round, and in each round everybody once, in turn.
//!
//! What slows the machine down for a while then slows all contestants of a round, not one contestant in all rounds.

use std::time::Duration;

use crate::bench::{Bench, Trial};
use crate::measure::Interrupted;
use crate::progress::Progress;
use crate::results::{Cell, Experiment, Results};

/// One run that is to be made: of which cell, and in which round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Turn {
    round: Round,
    experiment: usize,
    cell: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Round {
    /// Sampled for memory, at a smaller size; not timed.
    WarmUp,
    /// Timed; the first is 1.
    Timed(usize),
    /// Timed and sampled, in one go.
    Once,
}

/// Measures all that is planned.
///
/// # Errors
///
/// If the user interrupts it. What has been measured by then is kept.
pub fn measure(
    results: &mut Results,
    bench: &Bench,
    progress: &Progress,
) -> Result<(), Interrupted> {
    let schedule = schedule(&results.experiments, results.rounds);
    progress.expect(schedule.iter().map(|turn| weight(results, turn)).sum());
    for turn in schedule {
        let experiment = &mut results.experiments[turn.experiment];
        let cell = &experiment.cells[turn.cell];
        let stage = match turn.round {
            Round::WarmUp => "warm-up".to_owned(),
            Round::Timed(round) => format!("round {round} of {}", results.rounds),
            Round::Once => "large numbers".to_owned(),
        };
        progress.on(&stage, &format!("{} {}", experiment.name, cell.contestant));

        let warm_up = cell.warm_up_arguments.as_ref();
        let outcome = bench.run(Trial {
            interpreter: experiment.interpreter.as_deref(),
            contestant: cell.contestant,
            arguments: match turn.round {
                Round::WarmUp => warm_up.unwrap_or(&cell.arguments),
                Round::Timed(_) | Round::Once => &cell.arguments,
            },
            conditions: experiment.conditions,
            sampled: turn.round == Round::WarmUp || turn.round == Round::Once,
            patience: Duration::from_secs_f64(10.0 + 20.0 * experiment.conditions.expected),
        })?;

        let cell = &mut experiment.cells[turn.cell];
        match turn.round {
            Round::WarmUp => cell.warm_up = Some(outcome),
            Round::Timed(_) | Round::Once => cell.rounds.push(outcome),
        }
        progress.done(weight(results, &turn));
    }
    Ok(())
}

fn schedule(experiments: &[Experiment], rounds: usize) -> Vec<Turn> {
    let rounds = (1..=rounds).map(Round::Timed);
    let rounds = [Round::WarmUp]
        .into_iter()
        .chain(rounds)
        .chain([Round::Once]);
    let mut schedule = Vec::new();
    for (number, round) in rounds.enumerate() {
        for (index, experiment) in experiments.iter().enumerate() {
            let count = experiment.cells.len();
            // Rotated by the round, so that nobody always follows the same neighbour or always comes first.
            let order = (0..count).map(|place| (place + number + index) % count);
            for cell in order.filter(|cell| takes_part(experiment, &experiment.cells[*cell], round))
            {
                schedule.push(Turn {
                    round,
                    experiment: index,
                    cell,
                });
            }
        }
    }
    schedule
}

fn takes_part(experiment: &Experiment, cell: &Cell, round: Round) -> bool {
    match round {
        Round::WarmUp => cell.warm_up_arguments.is_some(),
        Round::Timed(_) => !experiment.once,
        Round::Once => experiment.once,
    }
}

/// About how long a turn takes, in seconds: good enough for a progress bar.
fn weight(results: &Results, turn: &Turn) -> f64 {
    let experiment = &results.experiments[turn.experiment];
    match turn.round {
        Round::WarmUp => 0.05,
        Round::Once => experiment.conditions.expected,
        Round::Timed(_) if turn.cell == 0 => experiment.conditions.expected,
        Round::Timed(_) => experiment.conditions.expected / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::options::Options;
    use crate::plan::plan;

    fn planned() -> Vec<Experiment> {
        plan(&Options::parse_from(["compare"]).extent, 2)
    }

    #[test]
    fn every_cell_has_its_turn_once_in_every_round() {
        let experiments = planned();
        let schedule = schedule(&experiments, 3);
        for (experiment, row) in experiments.iter().enumerate() {
            for cell in 0..row.cells.len() {
                let turns = schedule.iter().filter(|turn| {
                    (turn.experiment, turn.cell) == (experiment, cell)
                        && turn.round != Round::WarmUp
                });
                assert_eq!(turns.count(), if row.once { 1 } else { 3 }, "{}", row.name);
            }
        }
    }

    #[test]
    fn the_first_in_a_row_changes_from_round_to_round() {
        let experiments = planned();
        let schedule = schedule(&experiments, 3);
        let first = |round| {
            let mut turns = schedule.iter();
            let first = turns.find(|turn| turn.experiment == 0 && turn.round == round);
            first.map(|turn| turn.cell)
        };
        let firsts = [1, 2, 3].map(|round| first(Round::Timed(round)).unwrap());
        assert!(
            firsts[0] != firsts[1] && firsts[1] != firsts[2],
            "{firsts:?}"
        );
    }
}
