//! Calibrates the ranking's rule on this machine: rows of two contestants of which the truth is known.

use std::time::Duration;

use crate::measure::bench::{Bench, Trial};
use crate::measure::child::Interrupted;
use crate::measure::progress::Progress;
use crate::model::calibration::{Job, Line, SHARES, Tally};
use crate::model::difference::{Answer, between, next_look};
use crate::model::experiment::Conditions;
use crate::model::technique::Contestant;

/// A row has no more rounds than these, as in a comparison.
const MOST: usize = 24;

/// Measures so many rows of equals, and a quarter as many of each job with each known difference. A run that fails ends
/// its row, which then counts as not decided.
///
/// # Errors
///
/// If the user interrupts it.
pub fn calibrate(rows: u64, bench: &Bench, progress: &Progress) -> Result<Vec<Line>, Interrupted> {
    let jobs = Job::ALL.len() as u64;
    progress.expect((rows + jobs * SHARES.len() as u64 * rows.div_ceil(4)) as f64);
    let mut lines = Job::ALL.map(|job| Line {
        job,
        equals: Tally::default(),
        unequals: Default::default(),
    });
    // Row by row of everything in turn, so that a machine that changes changes for all.
    for row in 0..rows.div_ceil(jobs) {
        for line in &mut lines {
            progress.on("calibrating", line.job.name());
            count(&mut line.equals, line.job, 0.0, bench)?;
            progress.done(1.0);
            if row >= rows.div_ceil(4) {
                continue;
            }
            for (tally, share) in line.unequals.iter_mut().zip(SHARES) {
                count(tally, line.job, share, bench)?;
                progress.done(1.0);
            }
        }
    }
    Ok(lines.into())
}

/// Measures a row and counts its answer.
fn count(tally: &mut Tally, job: Job, more: f64, bench: &Bench) -> Result<(), Interrupted> {
    let arguments = [0.0, more].map(|more| words(&job.arguments(more)));
    let (answer, rounds) = decided(|which| {
        let trial = Trial {
            interpreter: None,
            runner: Contestant::Threading.into(),
            arguments: &arguments[which],
            conditions: Conditions {
                one_core: false,
                served: job == Job::Network,
                may_die: false,
                crowd: false,
                expected: 0.1,
            },
            faults: None,
            load: None,
            sampled: false,
            patience: Duration::from_secs(10),
        };
        Ok(bench.run(trial)?.run().map(|run| run.wall))
    })?;
    tally.add(answer, rounds);
    Ok(())
}

/// Runs the first and the second, in turn, until it is decided whether the second is slower, or nothing more is to be had.
fn decided(
    mut run: impl FnMut(usize) -> Result<Option<f64>, Interrupted>,
) -> Result<(Answer, usize), Interrupted> {
    let mut walls = [Vec::new(), Vec::new()];
    let mut answer = Answer::Undecided {
        unseen: f64::INFINITY,
    };
    while walls[0].len() < MOST {
        for round in walls[0].len()..next_look(walls[0].len()) {
            for which in [round % 2, 1 - round % 2] {
                match run(which)? {
                    Some(wall) => walls[which].push(wall),
                    None => return Ok((answer, round)),
                }
            }
        }
        let factor = between(&walls[1], &walls[0]);
        answer = factor.map_or(answer, |factor| factor.answer());
        if !matches!(answer, Answer::Undecided { .. }) {
            break;
        }
    }
    Ok((answer, walls[0].len()))
}

fn words(arguments: &str) -> Vec<String> {
    arguments.split(' ').map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_ends_at_the_look_at_which_it_is_decided() {
        let decided = |walls: fn(usize, usize) -> f64| {
            let mut runs = [0; 2];
            let row = decided(|which| {
                runs[which] += 1;
                Ok(Some(walls(which, runs[which])))
            });
            row.unwrap()
        };
        assert_eq!(
            decided(|which, run| 1.0 + which as f64 + 0.001 * run as f64),
            (Answer::Slower, 3)
        );
        assert_eq!(
            decided(|_, run| 1.0 + 0.001 * run as f64),
            (Answer::Equal, 3)
        );
        let (answer, rounds) = decided(|which, run| [1.0, 1.5][(which + run) % 2]);
        assert!(matches!(answer, Answer::Undecided { .. }));
        assert_eq!(rounds, MOST);
    }

    #[test]
    fn a_run_that_fails_decides_nothing() {
        let (answer, rounds) = decided(|_| Ok(None)).unwrap();
        assert!(matches!(answer, Answer::Undecided { .. }));
        assert_eq!(rounds, 0);
    }

    #[test]
    fn an_interrupt_ends_a_row() {
        assert_eq!(decided(|_| Err(Interrupted)), Err(Interrupted));
    }
}
