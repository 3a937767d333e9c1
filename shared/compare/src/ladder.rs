//! How many units can be alive at once? A climb: 1, 10, 100, ... asleep together, each step a child that may die.

use std::time::Duration;

use crate::bench::{Bench, Trial};
use crate::contestant::Contestant;
use crate::machine;
use crate::measure::Interrupted;
use crate::options::Size;
use crate::progress::Progress;
use crate::results::{Conditions, End, Ladder, Outcome, Step, TOO_SLOW};

/// The last step.
const TOP: u64 = 1_000_000;
/// A climb may take up this part of the memory that is free.
const SHARE_OF_MEMORY: u64 = 4;

/// Lets `contestant`, or its twin in Python, climb until something stops it.
///
/// # Errors
///
/// If the user interrupts it. The steps so far are lost: half a climb says nothing about its end.
pub fn climb(
    interpreter: Option<&str>,
    contestant: Contestant,
    size: Size,
    bench: &Bench,
    progress: &Progress,
) -> Result<Ladder, Interrupted> {
    let nap = size.pick(0.2, 0.5, 1.0);
    let allowed = machine::available_memory().unwrap_or(u64::MAX) / SHARE_OF_MEMORY;
    let mut ladder = Ladder {
        contestant,
        nap,
        steps: Vec::new(),
        end: End::Top,
    };
    let mut units = 1;
    while units <= TOP {
        let needed = expected_memory(&ladder, units);
        if needed > allowed {
            ladder.end = End::Budget { needed, allowed };
            break;
        }
        progress.on("ladder", &format!("{contestant} x {units}"));
        let arguments = format!("sleepers --size {units} --time-scale {nap}");
        let arguments: Vec<_> = arguments.split(' ').map(str::to_owned).collect();
        let outcome = bench.run(Trial {
            interpreter,
            contestant,
            arguments: &arguments,
            conditions: Conditions {
                one_core: false,
                served: false,
                may_die: true,
                expected: nap,
            },
            sampled: true,
            // Enough to see by how much it is too slow, if not by very much.
            patience: Duration::from_secs_f64(2.0 + 3.0 * nap),
        })?;
        let end = end(&outcome, nap);
        ladder.steps.push(Step { units, outcome });
        if let Some(end) = end {
            ladder.end = end;
            break;
        }
        units *= 10;
    }
    Ok(ladder)
}

/// Whether a step was the last one.
fn end(outcome: &Outcome, nap: f64) -> Option<End> {
    match outcome {
        Outcome::Ran(run) if run.seconds <= TOO_SLOW * nap => None,
        Outcome::Ran(_) | Outcome::Hung(_) => Some(End::TooSlow),
        Outcome::Failed(reason) => Some(End::Failed(reason.clone())),
    }
}

/// Bytes that so many units will take, going by the last step.
fn expected_memory(ladder: &Ladder, units: u64) -> u64 {
    let Some((last, run)) = ladder.good().next_back() else {
        return 0;
    };
    run.peak.map_or(0, |peak| peak.memory / last * units)
}
