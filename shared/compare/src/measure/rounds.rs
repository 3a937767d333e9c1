//! In which order everything is measured: round after round, and in each round every technique once, in turn.
//!
//! What slows the machine down for a while then slows all contestants of a round, not one contestant in all rounds. After some
//! rounds of everything the time that is left goes to those contestants of a row between which it is not decided, and to short
//! rows.

use std::borrow::Borrow;
use std::time::{Duration, Instant};

use crate::measure::bench::{Bench, Trial};
use crate::measure::child::Interrupted;
use crate::measure::progress::Progress;
use crate::model::difference::{Comparison, next_look};
use crate::model::experiment::{Cell, Experiment, Kind};
use crate::model::options::Size;
use crate::model::results::Results;
use crate::model::run::{Outcome, Run};
use crate::model::technique::Contestant;
use crate::model::technique::Runner;
use crate::plan::rounds;

/// A row's turn: in which round, and in which order its cells run.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Turn {
    round: Round,
    row: usize,
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

/// Measures all that is planned, once the machine has come to rest: the rounds that were asked for; or the first rounds of
/// everything, and then further ones of what is not decided and of short rows, until `enough`.
///
/// # Errors
///
/// If the user interrupts it. What has been measured by then is kept.
pub fn measure(
    results: &mut Results,
    asked: Option<usize>,
    enough: Duration,
    bench: &Bench,
    progress: &Progress,
) -> Result<(), Interrupted> {
    let size = results.size;
    let mut session = Session {
        rows: results.rows_in_turn(),
        repeated: 0,
        bench,
        progress,
    };
    let measured = session.all(asked, enough, size);
    results.repeated += session.repeated;
    measured
}

/// The rows that are measured in turn, and what measures them.
struct Session<'a> {
    rows: Vec<&'a mut Experiment>,
    /// Runs that were repeated because others disturbed them.
    repeated: u64,
    bench: &'a Bench,
    progress: &'a Progress,
}

impl Session<'_> {
    fn all(
        &mut self,
        asked: Option<usize>,
        enough: Duration,
        size: Size,
    ) -> Result<(), Interrupted> {
        let start = Instant::now();
        let schedule = schedule(&self.rows, asked, size);
        let expected: f64 = schedule.iter().map(|turn| self.weight(turn)).sum();
        self.progress.expect(expected);
        self.progress
            .on("waiting", "for the machine to come to rest");
        self.bench.wait_for_rest(AT_REST)?;

        let mut spare = Duration::from_secs_f64(expected * spare(size));
        let (timed, once): (Vec<_>, Vec<_>) = schedule
            .into_iter()
            .partition(|turn| turn.round != Round::Once);
        for turn in timed {
            self.take(&turn, &mut spare)?;
        }
        let later: f64 = once.iter().map(|turn| self.weight(turn)).sum();
        let until = start + enough.saturating_sub(Duration::from_secs_f64(later));
        if asked.is_none() {
            self.decide(until)?;
        }
        for turn in once {
            self.take(&turn, &mut spare)?;
        }
        Ok(())
    }

    /// Further rounds, look by look: each look at a row costs some of its power to tell.
    fn decide(&mut self, until: Instant) -> Result<(), Interrupted> {
        loop {
            let mut taken = false;
            for turn in further(&self.rows) {
                let weight = self.weight(&turn);
                let mut spare = until.saturating_duration_since(Instant::now());
                if spare < Duration::from_secs_f64(weight) {
                    continue;
                }
                self.progress.expect(weight);
                self.take(&turn, &mut spare)?;
                taken = true;
            }
            if !taken {
                return Ok(());
            }
        }
    }

    /// Runs the cells of a row, each once, or again where others disturbed it.
    fn take(&mut self, turn: &Turn, spare: &mut Duration) -> Result<(), Interrupted> {
        let stage = match turn.round {
            Round::WarmUp => "warm-up".to_owned(),
            Round::Timed(round) => format!("round {round}"),
            Round::Once => "large numbers".to_owned(),
        };
        let bench = self.bench;
        let experiment = &mut *self.rows[turn.row];
        for cell in &turn.cells {
            let account = keeps_account(experiment, experiment.cells[*cell].runner);
            let cell = &mut experiment.cells[*cell];
            self.progress
                .on(&stage, &format!("{} {}", experiment.name, cell.runner));

            let warm_up = cell.warm_up_arguments.as_ref();
            let mut arguments = match turn.round {
                Round::WarmUp => warm_up.unwrap_or(&cell.arguments).clone(),
                Round::Timed(_) | Round::Once => cell.arguments.clone(),
            };
            let ready = turn.round == Round::WarmUp && account;
            if ready {
                arguments.push("--ready".to_owned());
            }
            let trial = Trial {
                interpreter: experiment.interpreter.as_deref(),
                runner: cell.runner,
                arguments: &arguments,
                conditions: experiment.conditions,
                faults: experiment.faults.as_deref(),
                load: experiment.load.as_ref(),
                sampled: turn.round == Round::WarmUp || turn.round == Round::Once,
                patience: Duration::from_secs_f64(10.0 + 20.0 * experiment.conditions.expected),
            };
            let mut outcome = bench.run(trial)?;
            if let Outcome::Ran(run) = &mut outcome
                && let Some(peak) = &mut run.peak
            {
                // The one that wakes up the task whose delay is noted is not part of the work.
                peak.threads -= u64::from(ready);
            }
            if matches!(turn.round, Round::Timed(_)) {
                outcome = quietest(outcome, &mut self.repeated, spare, || bench.run(trial))?;
            }
            match turn.round {
                Round::WarmUp => cell.warm_up = Some(outcome),
                Round::Timed(_) | Round::Once => cell.rounds.push(outcome),
            }
        }
        self.progress.done(self.weight(turn));
        Ok(())
    }

    /// About how long a turn takes, in seconds: good enough for a progress bar.
    fn weight(&self, turn: &Turn) -> f64 {
        let expected = self.rows[turn.row].conditions.expected;
        let cells = turn.cells.iter().map(|cell| match turn.round {
            Round::WarmUp => 0.05,
            Round::Timed(_) if *cell > 0 => expected / 2.0,
            Round::Timed(_) | Round::Once => expected,
        });
        cells.sum()
    }
}

/// Whether it can say of a row for how long its tasks were ready before they ran. It is asked in the warm-up alone:
/// that takes time.
fn keeps_account(row: &Experiment, who: Runner) -> bool {
    let tasks = who == Contestant::Asyncio || who == Contestant::AsyncioMultiThread;
    tasks && row.interpreter.is_none() && matches!(row.kind, Kind::Waiting | Kind::Computing)
}

/// The turns of those cells that are [`undecided`], until the next look at their row, and of the others of a short row. How many
/// those have does not depend on their times: a time that is measured until it looks well known is not.
fn further<R: Borrow<Experiment>>(rows: &[R]) -> Vec<Turn> {
    let mut turns = Vec::new();
    for (index, row) in rows.iter().map(R::borrow).enumerate() {
        let workload = matches!(row.kind, Kind::Waiting | Kind::Computing);
        if !workload || row.cells.iter().any(|cell| cell.failure().is_some()) {
            continue;
        }
        let undecided = undecided(row);
        let done = |cell: &usize| row.cells[*cell].rounds.len();
        let look = undecided.iter().map(done).max().map_or(0, next_look);
        let last = |cell: &usize| match undecided.contains(cell) {
            true => look.min(rounds::MOST),
            false => rounds::further(row),
        };
        let cells: Vec<_> = techniques(row).map(|(cell, _)| cell).collect();
        let open = cells.iter().filter(|cell| done(cell) < last(cell));
        let Some(least) = open.map(done).min() else {
            continue;
        };
        for round in least + 1..=cells.iter().map(last).max().unwrap_or_default() {
            let in_turn = (0..cells.len()).map(|place| cells[(place + round) % cells.len()]);
            turns.push(Turn {
                round: Round::Timed(round),
                row: index,
                cells: in_turn
                    .filter(|cell| (done(cell) + 1..=last(cell)).contains(&round))
                    .collect(),
            });
        }
    }
    turns.retain(|turn| !turn.cells.is_empty());
    // Round after round, so that the time that there is goes to all of these rows.
    turns.sort_by_key(|turn| match turn.round {
        Round::Timed(round) => round,
        Round::WarmUp | Round::Once => 0,
    });
    turns
}

/// How long the machine may take to come to rest before measuring begins anyhow.
const AT_REST: Duration = Duration::from_secs(10);
/// A disturbed run is repeated so many times at most.
const REPEATS: u64 = 2;
/// Repetitions may take this share of the time that the rest is expected to take.
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

/// The cells of a row, by their place in it, between which it is not decided.
fn undecided(row: &Experiment) -> Vec<usize> {
    let (places, walls): (Vec<_>, Vec<Vec<f64>>) = techniques(row)
        .map(|(place, cell)| (place, cell.runs().map(|run| run.wall).collect()))
        .unzip();
    let open = Comparison::of(&walls).open().into_iter();
    open.map(|index| places[index]).collect()
}

/// The cells of a row that are a technique's, with their place in it.
fn techniques(row: &Experiment) -> impl Iterator<Item = (usize, &Cell)> {
    let cells = row.cells.iter().enumerate();
    cells.filter(|(_, cell)| cell.runner != Runner::BareLoop)
}

fn schedule<R: Borrow<Experiment>>(rows: &[R], asked: Option<usize>, size: Size) -> Vec<Turn> {
    let most = rows.iter().map(R::borrow).flat_map(|row| {
        let cells = row.cells.iter();
        cells.map(|cell| rounds::first(row, cell.runner, asked, size))
    });
    let timed = (1..=most.max().unwrap_or_default()).map(Round::Timed);
    let rounds = [Round::WarmUp]
        .into_iter()
        .chain(timed)
        .chain([Round::Once]);
    let mut schedule = Vec::new();
    for (number, round) in rounds.enumerate() {
        for (index, experiment) in rows.iter().map(R::borrow).enumerate() {
            let count = experiment.cells.len();
            // Rotated by the round, so that no technique always follows the same neighbour or always comes first.
            let order = (0..count).map(|place| (place + number + index) % count);
            let cells = order
                .filter(|cell| takes_part(experiment, &experiment.cells[*cell], round, asked, size))
                .collect();
            schedule.push(Turn {
                round,
                row: index,
                cells,
            });
        }
    }
    schedule.retain(|turn| !turn.cells.is_empty());
    schedule
}

fn takes_part(
    experiment: &Experiment,
    cell: &Cell,
    round: Round,
    asked: Option<usize>,
    size: Size,
) -> bool {
    match round {
        Round::WarmUp => cell.warm_up_arguments.is_some(),
        Round::Timed(round) => {
            !experiment.once && round <= rounds::first(experiment, cell.runner, asked, size)
        }
        Round::Once => experiment.once,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::model::noise::Noise;
    use crate::model::options::Options;
    use crate::model::rows::Row;
    use crate::model::technique::Contestant::{Asyncio, Threading};
    use crate::plan::experiments::plan;

    fn planned() -> Vec<Experiment> {
        plan(&Options::without_environment(&[]).extent, 2)
    }

    #[test]
    fn every_cell_has_its_turn_once_in_every_round() {
        let experiments = planned();
        let schedule = schedule(&experiments, None, Size::Usual);
        for (experiment, row) in experiments.iter().enumerate() {
            for cell in 0..row.cells.len() {
                let timed = |turn: &&Turn| {
                    turn.row == experiment
                        && turn.round != Round::WarmUp
                        && turn.cells.contains(&cell)
                };
                let runner = row.cells[cell].runner;
                let rounds = rounds::first(row, runner, None, Size::Usual);
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
        let schedule = schedule(&experiments, Some(3), Size::Usual);
        let first = |round| {
            let mut turns = schedule.iter();
            let first = turns.find(|turn| turn.row == 0 && turn.round == round);
            first.map(|turn| turn.cells[0])
        };
        let firsts = [1, 2, 3].map(|round| first(Round::Timed(round)).unwrap());
        assert!(
            firsts[0] != firsts[1] && firsts[1] != firsts[2],
            "{firsts:?}"
        );
    }

    /// A row of two cells, not a short one: what the runs of the one took, and those of the other, in seconds.
    fn row(one: &[f64], other: &[f64]) -> Experiment {
        let took = |wall: &f64| {
            fixtures::ran(Run {
                wall: *wall,
                ..fixtures::run()
            })
        };
        let mut row = Experiment::probe(Row::Work)
            .expected(1.1)
            .by(Threading, "")
            .by(Asyncio, "");
        row.kind = Kind::Computing;
        row.cells[0].rounds = one.iter().map(took).collect();
        row.cells[1].rounds = other.iter().map(took).collect();
        row
    }

    #[test]
    fn further_rounds_are_for_rows_that_are_not_decided() {
        let decided = row(&[1.0, 1.001, 1.0], &[2.0, 2.001, 2.0]);
        let equal = row(&[1.0, 1.001, 1.0], &[1.0, 1.0, 1.001]);
        let open = row(&[1.0, 1.1, 0.9], &[1.0, 0.9, 1.1]);
        let mut probe = open.clone();
        probe.kind = Kind::Probe;
        let ahead = row(&[1.0, 1.1, 0.9, 1.0, 1.1], &[1.0, 0.9, 1.1, 1.1, 1.0]);
        let turns = further(&[decided, equal, open, probe, ahead]);
        let turns = turns
            .into_iter()
            .map(|turn| (turn.round, turn.row, turn.cells));
        let turn = |row, round| (Round::Timed(round), row, vec![round % 2, 1 - round % 2]);
        let expected = [turn(2, 4), turn(2, 5), turn(2, 6)];
        let expected = expected
            .into_iter()
            .chain((6..=12).map(|round| turn(4, round)));
        assert_eq!(turns.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    }

    #[test]
    fn further_rounds_are_for_short_rows_too_though_they_are_decided() {
        let decided = |pairs| row(&[1.0, 1.001].repeat(pairs), &[2.0, 2.1].repeat(pairs));
        let rounds = |row: Experiment| {
            let turns = further(&[row]).into_iter();
            turns.map(|turn| (turn.round, turn.cells.len()))
        };
        let last = [7, 8].map(|round| (Round::Timed(round), 2));
        assert!(rounds(decided(3).expected(1.0)).eq(last));
        assert!(rounds(decided(4).expected(1.0)).eq([]));
        assert!(rounds(decided(3)).eq([]));
    }

    #[test]
    fn a_cell_that_ran_less_often_catches_up_before_others_go_on() {
        let behind = row(&[1.0], &[1.1, 0.9, 1.2]);
        let turns = further(&[behind]).into_iter();
        let cells: Vec<_> = turns.map(|turn| turn.cells).collect();
        assert_eq!(
            cells,
            [vec![0], vec![0], vec![0, 1], vec![1, 0], vec![0, 1]]
        );
    }

    #[test]
    fn no_row_has_more_rounds_than_the_most() {
        let (one, other) = ([1.0, 1.1].repeat(10), [1.1, 1.0].repeat(10));
        assert_eq!(further(&[row(&one, &other)]).len(), rounds::MOST - 20);
        let (one, other) = ([1.0, 1.1].repeat(12), [1.1, 1.0].repeat(12));
        assert_eq!(further(&[row(&one, &other)]), []);
    }

    #[test]
    fn a_row_in_which_a_run_failed_gets_no_further_ones() {
        let mut failed = row(&[1.0, 1.1, 0.9], &[1.0, 0.9, 1.1]);
        failed.cells[0].rounds[1] = Outcome::Failed("oh".to_owned());
        assert_eq!(further(&[failed]), []);
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
