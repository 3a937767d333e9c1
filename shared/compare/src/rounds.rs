//! In which order everything is measured: round after round, and in each round everybody once, in turn.
//!
//! What slows the machine down for a while then slows all contestants of a round, not one contestant in all rounds.

use std::time::{Duration, Instant};

use crate::bench::{Bench, Trial};
use crate::gates;
use crate::measure::Interrupted;
use crate::options::Size;
use crate::plan::family;
use crate::progress::Progress;
use crate::results::{Cell, Experiment, Outcome, Results};
use crate::sweeps::most_rounds;

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

/// Measures all that is planned, once the machine has come to rest.
///
/// # Errors
///
/// If the user interrupts it. What has been measured by then is kept.
pub fn measure(
    results: &mut Results,
    bench: &Bench,
    progress: &Progress,
) -> Result<(), Interrupted> {
    let schedule = schedule(&results.experiments, results.rounds, results.size);
    let expected: f64 = schedule.iter().map(|turn| weight(results, turn)).sum();
    progress.expect(expected);
    progress.on("waiting", "for the machine to come to rest");
    bench.wait_for_rest(AT_REST)?;

    let mut spare = Duration::from_secs_f64(expected * spare(results.size));
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
        let trial = Trial {
            interpreter: experiment.interpreter.as_deref(),
            contestant: cell.contestant,
            arguments: match turn.round {
                Round::WarmUp => warm_up.unwrap_or(&cell.arguments),
                Round::Timed(_) | Round::Once => &cell.arguments,
            },
            conditions: experiment.conditions,
            faults: experiment.faults.as_deref(),
            sampled: turn.round == Round::WarmUp || turn.round == Round::Once,
            patience: Duration::from_secs_f64(10.0 + 20.0 * experiment.conditions.expected),
        };
        let mut outcome = bench.run(trial)?;
        if matches!(turn.round, Round::Timed(_)) {
            outcome = quietest(outcome, &mut results.repeated, &mut spare, || {
                bench.run(trial)
            })?;
        }

        let cell = &mut experiment.cells[turn.cell];
        match turn.round {
            Round::WarmUp => cell.warm_up = Some(outcome),
            Round::Timed(_) | Round::Once => cell.rounds.push(outcome),
        }
        progress.done(weight(results, &turn));
    }
    Ok(())
}

/// How long the machine may take to come to rest before measuring begins anyhow.
const AT_REST: Duration = Duration::from_secs(10);
/// A disturbed run is repeated so many times at most.
const REPEATS: u64 = 2;
/// All repetitions together may take this share of the time that the rounds are expected to take: who wants it quick gets it
/// quick, and stamped.
fn spare(size: Size) -> f64 {
    size.pick(0.06, 0.12, 0.12)
}

/// Repeats a run that others disturbed, as long as there is time to spare, and keeps the one that they disturbed least.
fn quietest(
    mut best: Outcome,
    repeated: &mut u64,
    spare: &mut Duration,
    mut run: impl FnMut() -> Result<Outcome, Interrupted>,
) -> Result<Outcome, Interrupted> {
    let level = |outcome: &Outcome| {
        let noise = outcome.run().and_then(|run| run.noise);
        noise.map_or(0.0, |noise| noise.level())
    };
    for _ in 0..REPEATS {
        if !best.run().is_some_and(gates::disturbed) || spare.is_zero() {
            break;
        }
        let start = Instant::now();
        let again = run()?;
        *spare = spare.saturating_sub(start.elapsed());
        *repeated += 1;
        if again.run().is_none() {
            // A failure is never the quieter result: it must be seen.
            return Ok(again);
        }
        if level(&again) < level(&best) {
            best = again;
        }
    }
    Ok(best)
}

fn schedule(experiments: &[Experiment], rounds: usize, size: Size) -> Vec<Turn> {
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
            for cell in
                order.filter(|cell| takes_part(experiment, &experiment.cells[*cell], round, size))
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

fn takes_part(experiment: &Experiment, cell: &Cell, round: Round, size: Size) -> bool {
    match round {
        Round::WarmUp => cell.warm_up_arguments.is_some(),
        Round::Timed(round) => {
            !experiment.once && round <= most_rounds(family(&experiment.name), size)
        }
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
    use super::*;
    use crate::made_up;
    use crate::noise::Noise;
    use crate::options::Options;
    use crate::plan::plan;
    use crate::results::Run;

    fn planned() -> Vec<Experiment> {
        plan(&Options::deaf(&[]).extent, 2)
    }

    #[test]
    fn every_cell_has_its_turn_once_in_every_round() {
        let experiments = planned();
        let schedule = schedule(&experiments, 3, Size::Usual);
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
        let schedule = schedule(&experiments, 3, Size::Usual);
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

    fn disturbed(level: f64) -> Outcome {
        made_up::ran(Run {
            noise: Some(Noise {
                others: Some(level),
                stolen: None,
                pressure: None,
                queued: None,
            }),
            ..made_up::run()
        })
    }

    /// What is kept of these runs, made one after another, and how many were repetitions.
    fn kept(levels: &[f64], mut spare: Duration) -> (Outcome, u64) {
        let mut runs = levels.iter().copied().map(disturbed);
        let (first, mut repeated) = (runs.next().unwrap(), 0);
        let best = quietest(first, &mut repeated, &mut spare, || {
            Ok(runs.next().unwrap())
        });
        (best.unwrap(), repeated)
    }

    #[test]
    fn a_disturbed_run_is_repeated_until_it_is_quiet_but_not_for_ever() {
        let plenty = Duration::from_secs(3600);
        assert_eq!(kept(&[0.01], plenty), (disturbed(0.01), 0));
        assert_eq!(kept(&[0.5, 0.02], plenty), (disturbed(0.02), 1));
        assert_eq!(kept(&[0.5, 0.2, 0.3], plenty), (disturbed(0.2), 2));
        assert_eq!(kept(&[0.5], Duration::ZERO), (disturbed(0.5), 0));
    }

    #[test]
    fn a_failure_in_a_repetition_is_not_hidden() {
        let failed = Outcome::Failed("oh".to_owned());
        let mut spare = Duration::from_secs(3600);
        let kept = quietest(disturbed(0.5), &mut 0, &mut spare, || Ok(failed.clone()));
        assert_eq!(kept, Ok(failed));
    }
}
