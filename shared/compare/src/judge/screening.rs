//! Three gates between a measurement and a verdict. What does not pass is shown, and not ranked.
//!
//! 1. Equal work: all techniques hand in the same receipt, in every round.
//! 2. Elision: work that takes less time than is physically possible was removed by the optimiser.
//! 3. Noise: a median of runs that others disturbed is not about the contestant.

use shared::Receipt;

use crate::model::experiment::{Cell, Experiment, Kind};
use crate::model::noise::{COARSE, SCREENABLE};
use crate::model::quantity::seconds;
use crate::model::results::Results;
use crate::model::rows::Row;
use crate::model::run::{Outcome, Run};
use crate::model::technique::{Contestant, Runner};

/// Whether a row may be ranked at all: all runs ended well, and all did the same work, all of it.
///
/// # Errors
///
/// Why not, in one line.
pub fn pass(row: &Experiment) -> Result<(), String> {
    if row.conditions.may_die {
        return Ok(());
    }
    ended_well(row)?;
    if row.kind == Kind::Probe {
        // In a probe each technique has its own amount of work.
        return Ok(());
    }
    equal_work(row)?;
    all_work(row)
}

fn ended_well(row: &Experiment) -> Result<(), String> {
    let failure = |cell: &Cell| Some(format!("{}: {}", cell.runner, cell.failure()?));
    row.cells.iter().find_map(failure).map_or(Ok(()), Err)
}

/// The first gate.
fn equal_work(row: &Experiment) -> Result<(), String> {
    let warm_ups = |cell| warm_up(cell).into_iter().collect::<Vec<_>>();
    all_alike(row, |cell| cell.runs().collect())?;
    all_alike(row, warm_ups)
}

fn all_alike<'a>(
    row: &'a Experiment,
    runs: impl Fn(&'a Cell) -> Vec<&'a Run>,
) -> Result<(), String> {
    let mut first: Option<(Runner, &Receipt)> = None;
    for cell in &row.cells {
        for run in runs(cell) {
            let (other, expected) = *first.get_or_insert((cell.runner, &run.receipt));
            if !run.receipt.same_work(expected) {
                return Err(format!(
                    "unequal work: {} did {}, {other} did {}",
                    cell.runner,
                    summary(&run.receipt),
                    summary(expected)
                ));
            }
        }
    }
    Ok(())
}

fn summary(receipt: &Receipt) -> String {
    let Receipt {
        units,
        bytes,
        answer,
        errors,
        tries,
        ..
    } = receipt;
    let failed: u64 = errors.values().sum();
    let tries = match tries.troubles().total() {
        0 => String::new(),
        _ => format!(", with the tries {tries}"),
    };
    format!("{units} units, {bytes} bytes, {failed} errors, {answer}{tries}")
}

/// The second gate.
///
/// CPU time, because that hardly changes when others disturb; and the slope between two sizes, because starting and
/// ending a program takes CPU time too.
fn all_work(row: &Experiment) -> Result<(), String> {
    let Some(work) = row.work else {
        return Ok(());
    };
    for cell in &row.cells {
        let (Some(small), Ok(large)) = (warm_up(cell), cell.estimate(|run| Some(run.cpu()))) else {
            continue;
        };
        let each = (large.median - small.cpu()) / (work.items - work.warm_up_items);
        if each < work.least {
            return Err(format!(
                "the optimiser removed the work: {} takes {} an item, and nothing can take less than {}",
                cell.runner,
                seconds(each.max(0.0)),
                seconds(work.least)
            ));
        }
    }
    Ok(())
}

fn warm_up(cell: &Cell) -> Option<&Run> {
    cell.warm_up.as_ref().and_then(Outcome::run)
}

/// The third gate: whether others disturbed so many of a cell's runs that its median may be one of those. Runs of which most are too
/// short to be looked at one by one are looked at together.
pub fn noisy(cell: &Cell) -> bool {
    noise(cell).is_some()
}

/// What others did to a cell that is noisy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TooMuch {
    /// They took more than this share of the CPU in half of its runs, or in more.
    InRuns(f64),
    /// They took more than this share in all of its runs together, most of which are too short to be looked at one by one.
    Together(f64),
}

/// What made a cell noisy; `None` if it is not.
pub fn noise(cell: &Cell) -> Option<TooMuch> {
    if mostly_short(cell) {
        let noisy = !unscreened(cell) && together(cell) > COARSE;
        return noisy.then_some(TooMuch::Together(COARSE));
    }
    let (runs, disturbed) = (
        cell.runs().count(),
        cell.runs().filter(|run| run.disturbed()).count(),
    );
    let tolerated = cell.runs().map(Run::tolerated).fold(0.0, f64::max);
    (runs > 0 && 2 * disturbed >= runs).then_some(TooMuch::InRuns(tolerated))
}

fn mostly_short(cell: &Cell) -> bool {
    cell.wall().is_ok_and(|wall| wall.median < SCREENABLE)
}

/// How much others took during all runs of a cell.
fn together(cell: &Cell) -> f64 {
    let taken = |run: &Run| run.wall * run.noise.map_or(0.0, |noise| noise.level());
    cell.runs().map(taken).sum::<f64>() / length(cell)
}

/// How long all runs of a cell took, in seconds.
fn length(cell: &Cell) -> f64 {
    cell.runs().map(|run| run.wall).sum()
}

/// Whether one of these contestants' medians in one of these experiments may be one of those.
pub fn rests_on_noise(results: &Results, experiments: &[Row], who: &[Contestant]) -> bool {
    let rows = results.experiments.iter();
    let rows = rows.filter(|row| experiments.iter().any(|it| it.stands_for(row.name)));
    let mut cells = rows.flat_map(|row| &row.cells);
    cells.any(|cell| cell.is_of(who) && noisy(cell))
}

/// Whether most of a cell's runs, and all of them together, are too short to tell whether others disturbed them.
pub fn unscreened(cell: &Cell) -> bool {
    mostly_short(cell) && length(cell) < SCREENABLE
}

impl Results {
    /// Whether every run that was to end well did, with the same work in a row.
    pub fn all_well(&self) -> bool {
        self.complete && self.experiments.iter().all(|row| pass(row).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use shared::receipt::Answer;

    use super::*;

    use crate::fixtures;
    use crate::model::noise::Noise;
    use crate::model::technique::Contestant::*;

    /// Others took this share of the machine, and other machines that one.
    fn noise(others: f64, stolen: f64) -> Option<Noise> {
        Some(Noise {
            others: Some(others),
            stolen: Some(stolen),
            pressure: None,
            queued: None,
        })
    }

    /// A cell of so many runs, of which so many were disturbed.
    fn cell_of(runs: usize, disturbed: usize) -> Cell {
        let mut cell = fixtures::results().experiments[0].cells[0].clone();
        let run = |round| Run {
            noise: noise(if round < disturbed { 0.3 } else { 0.01 }, 0.0),
            ..fixtures::run()
        };
        cell.rounds = (0..runs).map(|round| fixtures::ran(run(round))).collect();
        cell
    }

    fn refusal(results: &Results, row: Row) -> String {
        pass(results.row(row)).unwrap_err()
    }

    #[test]
    fn equal_work_passes() {
        for row in &fixtures::results().experiments {
            assert_eq!(pass(row), Ok(()), "{}", row.name);
        }
    }

    #[test]
    fn work_that_differs_in_units_bytes_answer_or_errors_is_refused() {
        let changes: [fn(&mut Receipt); 4] = [
            |receipt| receipt.units = 7,
            |receipt| receipt.bytes = 7,
            |receipt| receipt.answer = Answer::AllTrue(false),
            |receipt| {
                receipt.errors.insert("timeout".to_owned(), 7);
            },
        ];
        for change in changes {
            let results =
                fixtures::results().with(Row::Lists, Asyncio, |run| change(&mut run.receipt));
            let refusal = refusal(&results, Row::Lists);
            assert!(
                refusal.starts_with("unequal work: asyncio did"),
                "{refusal}"
            );
        }
    }

    #[test]
    fn one_round_that_differs_is_enough() {
        let mut results = fixtures::results();
        let row = &mut results.experiments[0];
        if let Outcome::Ran(run) = &mut row.cells[2].rounds[3] {
            run.receipt.units = 7;
        }
        assert!(pass(&results.experiments[0]).is_err());
    }

    #[test]
    fn readings_may_differ() {
        let results = fixtures::results().with(Row::Lists, Asyncio, |run| {
            run.receipt.readings.insert("gap".to_owned(), 1.0);
        });
        assert_eq!(pass(results.row(Row::Lists)), Ok(()));
    }

    #[test]
    fn work_that_takes_no_time_or_does_not_grow_was_removed() {
        // Both sizes take the same time: whatever that is, it is not the work.
        let flat = fixtures::results().with_warm_up(Row::Squares, Threading, |run| run.user = 1.0);
        let refusal = refusal(&flat, Row::Squares);
        assert!(
            refusal.starts_with("the optimiser removed the work: threading"),
            "{refusal}"
        );
        let evaporated = fixtures::results().with(Row::Squares, Threading, |run| run.user = 4e-8);
        assert!(pass(evaporated.row(Row::Squares)).is_err());
    }

    #[test]
    fn a_run_is_disturbed_if_others_took_more_than_four_hundredths() {
        for (others, stolen, expected) in [
            (0.039, 0.0, false),
            (0.04, 0.0, false),
            (0.041, 0.0, true),
            (0.0, 0.039, false),
            (0.0, 0.041, true),
            (0.02, 0.019, false),
            (0.02, 0.021, true),
            (-0.5, 0.041, true),
        ] {
            let run = Run {
                noise: noise(others, stolen),
                ..fixtures::run()
            };
            assert_eq!(run.disturbed(), expected, "{others} and {stolen}");
        }
        assert!(!fixtures::run().disturbed(), "the system does not tell");
    }

    #[test]
    fn a_run_that_starts_and_ends_a_crowd_is_disturbed_beyond_a_fifth() {
        for (others, expected) in [(0.06, false), (0.19, false), (0.21, true)] {
            let run = Run {
                noise: noise(others, 0.0),
                crowd: true,
                ..fixtures::run()
            };
            assert_eq!(run.disturbed(), expected, "{others}");
        }
    }

    #[test]
    fn a_run_that_is_too_short_to_be_screened_is_not_called_disturbed() {
        let run = |wall| Run {
            wall,
            noise: noise(0.3, 0.0),
            ..fixtures::run()
        };
        assert!(run(0.1).disturbed());
        assert!(!run(0.099).disturbed());
    }

    #[test]
    fn a_cell_is_unscreened_if_all_its_runs_together_take_less_than_a_tenth_of_a_second() {
        for (walls, expected) in [
            ([0.0199; 5], true),
            ([0.0201; 5], false),
            ([0.1; 5], false),
            ([0.001, 0.001, 0.001, 0.001, 0.095], true),
            ([0.001, 0.001, 0.001, 0.001, 0.2], false),
        ] {
            let mut cell = cell_of(5, 0);
            for (outcome, wall) in cell.rounds.iter_mut().zip(walls) {
                *outcome = fixtures::ran(Run {
                    wall,
                    ..fixtures::run()
                });
            }
            assert_eq!(unscreened(&cell), expected, "{walls:?}");
        }
    }

    #[test]
    fn runs_that_are_too_short_one_by_one_are_screened_together() {
        let of = |others: [f64; 3], wall| {
            let mut cell = cell_of(3, 0);
            for (outcome, others) in cell.rounds.iter_mut().zip(others) {
                *outcome = fixtures::ran(Run {
                    wall,
                    noise: noise(others, 0.0),
                    ..fixtures::run()
                });
            }
            noisy(&cell)
        };
        assert!(!of([0.0, 0.3, 0.29], 0.05));
        assert!(of([0.0, 0.3, 0.31], 0.05));
        assert!(!of([0.5; 3], 0.03), "nothing can be told");
    }

    #[test]
    fn a_failure_is_named_with_its_contestant() {
        let results =
            fixtures::results().with_failure(Row::Cats, Multiprocessing, "page 7 is wrong");
        assert_eq!(
            refusal(&results, Row::Cats),
            "multiprocessing: page 7 is wrong"
        );
    }

    #[test]
    fn a_cell_is_noisy_if_half_of_its_runs_are_disturbed() {
        for (runs, disturbed, expected) in [
            (5, 0, false),
            (5, 2, false),
            (5, 3, true),
            (5, 5, true),
            (6, 2, false),
            (6, 3, true),
            (2, 0, false),
            (2, 1, true),
            (1, 1, true),
            (0, 0, false),
        ] {
            let noisy = noisy(&cell_of(runs, disturbed));
            assert_eq!(noisy, expected, "{disturbed} of {runs} disturbed");
        }
        let mut failed = cell_of(6, 2);
        for outcome in &mut failed.rounds[4..] {
            *outcome = Outcome::Failed("oh".to_owned());
        }
        assert!(noisy(&failed), "a run that failed is not a quiet one");
    }

    #[test]
    fn noise_counts_for_its_own_technique_in_its_own_experiment() {
        let results =
            fixtures::results().with(Row::Hashes, Asyncio, |run| run.noise = noise(0.3, 0.0));
        let rests =
            |experiments: &[Row], who: &[Contestant]| rests_on_noise(&results, experiments, who);
        assert!(rests(&[Row::Lists, Row::Hashes], &[Threading, Asyncio]));
        assert!(!rests(&[Row::Lists, Row::Hashes], &[Threading]));
        assert!(!rests(&[Row::Lists], &[Threading, Asyncio]));
        assert!(!rests(&[], &[Asyncio]) && !rests(&[Row::Hashes], &[]));
    }

    #[test]
    fn warm_ups_must_have_done_the_same_work_too_if_less_of_it() {
        let smaller = |results: Results, who| {
            results.with_warm_up(Row::Lists, who, |run| run.receipt.units = 7)
        };
        let all = Contestant::TECHNIQUES.into_iter();
        let all = all.fold(fixtures::results(), smaller);
        assert_eq!(pass(all.row(Row::Lists)), Ok(()));
        for who in [Threading, Multiprocessing, Asyncio, AsyncioMultiThread] {
            let refusal = refusal(&smaller(fixtures::results(), who), Row::Lists);
            let expected = format!("unequal work: {who} did 7 units");
            assert!(refusal.starts_with(&expected), "{refusal}");
            assert!(
                !refusal.contains("tries"),
                "there was no trouble: {refusal}"
            );
        }
    }

    #[test]
    fn in_a_probe_and_where_programs_may_die_work_may_differ() {
        let results = fixtures::results()
            .with(Row::Ticker, Asyncio, |run| run.receipt.units = 7)
            .with_failure(Row::CrashAbort, Asyncio, "aborted");
        assert_eq!(pass(results.row(Row::Ticker)), Ok(()));
        assert_eq!(pass(results.row(Row::CrashAbort)), Ok(()));
        let failed = results.with_failure(Row::Ticker, Asyncio, "aborted");
        assert_eq!(refusal(&failed, Row::Ticker), "asyncio: aborted");
    }

    #[test]
    fn work_was_removed_if_an_item_takes_less_than_is_possible() {
        for name in [Row::Lists, Row::Squares, Row::Hashes] {
            let results = fixtures::results();
            let work = results.row(name).work.unwrap();
            let least = work.least * (work.items - work.warm_up_items);
            let growing = |times: f64| {
                // A part of it in the kernel, and what starting takes in both sizes.
                let results = fixtures::results().with(name, Threading, |run| {
                    (run.user, run.system) = (0.1 + times * least, 0.2);
                });
                let results = results.with_warm_up(name, Threading, |run| {
                    (run.user, run.system) = (0.2, 0.1);
                });
                pass(results.row(name)).is_ok()
            };
            assert!(growing(1.01), "{name}");
            assert!(!growing(0.99), "{name}");
        }
    }
}
