//! In which order everything is measured: round after round, and in each round everybody once, in turn.
//!
//! What slows the machine down for a while then slows all contestants of a round, not one contestant in all rounds. A row
//! whose contestants agree with themselves needs no further round, and leaves the time to those that do not.

use std::time::{Duration, Instant};

use crate::measure::bench::{Bench, Trial};
use crate::measure::child::Interrupted;
use crate::measure::progress::Progress;
use crate::model::experiment::{Cell, Experiment};
use crate::model::options::Size;
use crate::model::results::Results;
use crate::model::run::{Outcome, Run};
use crate::model::stats::{Estimate, MEANINGFUL};
use crate::plan::sweeps::most_rounds;

/// A row's turn: in which round, and in which order its cells run.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Turn {
    round: Round,
    experiment: usize,
    cells: Vec<usize>,
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

/// Measures all that is planned, once the machine has come to rest: so many rounds of everything, then more of what is not
/// settled, as long as there is time to spare.
///
/// # Errors
///
/// If the user interrupts it. What has been measured by then is kept.
pub fn measure(
    results: &mut Results,
    fewest: usize,
    bench: &Bench,
    progress: &Progress,
) -> Result<(), Interrupted> {
    let schedule = schedule(&results.experiments, results.rounds, results.size);
    let further = |turn: &Turn| matches!(turn.round, Round::Timed(round) if round > fewest);
    let sure = schedule.iter().filter(|turn| !further(turn));
    let expected: f64 = sure.map(|turn| weight(results, turn)).sum();
    progress.expect(expected);
    progress.on("waiting", "for the machine to come to rest");
    bench.wait_for_rest(AT_REST)?;

    let mut spare = Duration::from_secs_f64(expected * spare(results.size));
    for turn in schedule {
        let weight = weight(results, &turn);
        if !further(&turn) {
            take(&turn, results, &mut spare, bench, progress)?;
        } else if !spare.is_zero() && !settled(&results.experiments[turn.experiment]) {
            progress.expect(weight);
            let (start, left) = (Instant::now(), spare);
            take(&turn, results, &mut spare, bench, progress)?;
            spare = left.saturating_sub(start.elapsed());
        } else {
            continue;
        }
        progress.done(weight);
    }
    Ok(())
}

/// Runs the cells of a row, each once, or again where others disturbed it.
fn take(
    turn: &Turn,
    results: &mut Results,
    spare: &mut Duration,
    bench: &Bench,
    progress: &Progress,
) -> Result<(), Interrupted> {
    let stage = match turn.round {
        Round::WarmUp => "warm-up".to_owned(),
        Round::Timed(round) => format!("round {round} of {}", results.rounds),
        Round::Once => "large numbers".to_owned(),
    };
    let experiment = &mut results.experiments[turn.experiment];
    for cell in &turn.cells {
        let cell = &mut experiment.cells[*cell];
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
            outcome = quietest(outcome, &mut results.repeated, spare, || bench.run(trial))?;
        }
        match turn.round {
            Round::WarmUp => cell.warm_up = Some(outcome),
            Round::Timed(_) | Round::Once => cell.rounds.push(outcome),
        }
    }
    Ok(())
}

/// How long the machine may take to come to rest before measuring begins anyhow.
const AT_REST: Duration = Duration::from_secs(10);
/// A disturbed run is repeated so many times at most.
const REPEATS: u64 = 2;
/// Further rounds and repetitions together may take this share of the time that the rest is expected to take: who wants it
/// quick gets it quick, and stamped.
fn spare(size: Size) -> f64 {
    size.pick(0.06, 0.05, 0.12)
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
        if !best.run().is_some_and(Run::disturbed) || spare.is_zero() {
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

/// Whether a row needs no further round: in each of its cells most runs are undisturbed, and so near to their median that
/// the difference would be called a tie.
///
/// A row is settled as a whole, because its cells are compared round by round. That a cell agrees with itself may be
/// chance; that all cells of a row do in the same rounds hardly is.
fn settled(row: &Experiment) -> bool {
    let agrees = |cell: &Cell| {
        let quiet = cell.runs().filter(|run| !Run::disturbed(run));
        let walls: Vec<_> = quiet.map(|run| run.wall).collect();
        Estimate::of(&walls).is_some_and(|wall| {
            let near = |run: &&f64| (*run / wall.median - 1.0).abs() <= MEANINGFUL;
            2 * walls.iter().filter(near).count() > cell.rounds.len()
        })
    };
    row.cells.iter().all(agrees)
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
            let cells = order
                .filter(|cell| takes_part(experiment, &experiment.cells[*cell], round, size))
                .collect();
            schedule.push(Turn {
                round,
                experiment: index,
                cells,
            });
        }
    }
    schedule.retain(|turn| !turn.cells.is_empty());
    schedule
}

fn takes_part(experiment: &Experiment, cell: &Cell, round: Round, size: Size) -> bool {
    match round {
        Round::WarmUp => cell.warm_up_arguments.is_some(),
        Round::Timed(round) => !experiment.once && round <= most_rounds(&experiment.name, size),
        Round::Once => experiment.once,
    }
}

/// About how long a turn takes, in seconds: good enough for a progress bar.
fn weight(results: &Results, turn: &Turn) -> f64 {
    let expected = results.experiments[turn.experiment].conditions.expected;
    let cells = turn.cells.iter().map(|cell| match turn.round {
        Round::WarmUp => 0.05,
        Round::Timed(_) if *cell > 0 => expected / 2.0,
        Round::Timed(_) | Round::Once => expected,
    });
    cells.sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::model::noise::Noise;
    use crate::model::options::Options;
    use crate::model::technique::Contestant::{Asyncio, Threading};
    use crate::plan::experiments::plan;

    fn planned() -> Vec<Experiment> {
        plan(&Options::deaf(&[]).extent, 2)
    }

    #[test]
    fn every_cell_has_its_turn_once_in_every_round() {
        let experiments = planned();
        let schedule = schedule(&experiments, 3, Size::Usual);
        for (experiment, row) in experiments.iter().enumerate() {
            for cell in 0..row.cells.len() {
                let timed = |turn: &&Turn| {
                    turn.experiment == experiment
                        && turn.round != Round::WarmUp
                        && turn.cells.contains(&cell)
                };
                let rounds = most_rounds(&row.name, Size::Usual).min(3);
                let expected = if row.once { 1 } else { rounds };
                assert_eq!(
                    schedule.iter().filter(timed).count(),
                    expected,
                    "{}",
                    row.name
                );
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
            first.map(|turn| turn.cells[0])
        };
        let firsts = [1, 2, 3].map(|round| first(Round::Timed(round)).unwrap());
        assert!(
            firsts[0] != firsts[1] && firsts[1] != firsts[2],
            "{firsts:?}"
        );
    }

    /// A row of two cells: what the runs of the one took, and those of the other, in seconds.
    fn row(one: &[f64], other: &[f64]) -> Experiment {
        let took = |wall: &f64| {
            fixtures::ran(Run {
                wall: *wall,
                ..fixtures::run()
            })
        };
        let mut row = Experiment::probe("two").by(Threading, "").by(Asyncio, "");
        row.cells[0].rounds = one.iter().map(took).collect();
        row.cells[1].rounds = other.iter().map(took).collect();
        row
    }

    #[test]
    fn a_row_is_settled_when_all_of_its_cells_agree_with_themselves() {
        assert!(settled(&row(&[1.0, 1.01], &[2.0, 1.99])));
        assert!(!settled(&row(&[1.0, 1.01], &[2.0, 1.9])));
        assert!(!settled(&row(&[], &[])));
    }

    #[test]
    fn an_outlier_unsettles_no_row_in_which_most_runs_agree() {
        let walls = [1.0, 1.2, 1.01];
        assert!(!settled(&row(&walls[..2], &walls[..2])));
        assert!(settled(&row(&walls, &walls)));
        let two_of_four = [1.0, 1.2, 1.01, 0.9];
        assert!(!settled(&row(&two_of_four, &two_of_four)));
    }

    #[test]
    fn runs_that_were_disturbed_or_failed_settle_nothing() {
        for outcome in [disturbed(0.5), Outcome::Failed("oh".to_owned())] {
            let mut row = row(&[1.0, 1.0], &[1.0, 1.0]);
            row.cells[1].rounds[1] = outcome;
            assert!(!settled(&row));
            row.cells[1].rounds[1] = disturbed(0.01);
            assert!(settled(&row), "so little is no disturbance");
        }
    }

    fn disturbed(level: f64) -> Outcome {
        fixtures::ran(Run {
            noise: Some(Noise {
                others: Some(level),
                stolen: None,
                pressure: None,
                queued: None,
            }),
            ..fixtures::run()
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
