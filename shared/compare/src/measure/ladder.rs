//! How many units can be alive at once? A climb: 1, 10, 100, ... asleep together, each step a child that may die.
//!
//! Between the last good step and the first bad one it searches, so that the limit is a number, and names the limit that
//! the bad one died of.

use std::time::Instant;

use crate::measure::bench::{Bench, Trial};
use crate::measure::child::Interrupted;
use crate::measure::limits::{Limits, examine};
use crate::measure::machine;
use crate::measure::progress::Progress;
use crate::model::experiment::Conditions;
use crate::model::ladder::{End, Ladder, Step, TOO_SLOW};
use crate::model::results::Results;
use crate::model::run::{Outcome, Peak};
use crate::model::technique::Contestant;
use crate::plan::climb::Climb;

/// Lets every technique climb, and its twin in every interpreter that takes part.
///
/// # Errors
///
/// If the user interrupts it. The ladders that were climbed until then are kept.
pub fn climb_all(
    results: &mut Results,
    climbs: &[(Contestant, Climb)],
    bench: &Bench,
    progress: &Progress,
) -> Result<(), Interrupted> {
    for (technique, extent) in climbs {
        let ladder = climb(None, *technique, *extent, bench, progress)?;
        results.ladders.push(ladder);
        let pythons = results.pythons.iter_mut();
        for python in pythons.filter(|python| python.description.is_ok()) {
            let name = Some(python.program.as_str());
            let ladder = climb(name, *technique, *extent, bench, progress)?;
            python.ladders.push(ladder);
        }
    }
    Ok(())
}

/// Seconds that all climbs are expected to take.
pub fn expected(results: &Results, climbs: &[(Contestant, Climb)]) -> f64 {
    let pythons = results.pythons.iter();
    let ladders = 1 + pythons.filter(|it| it.description.is_ok()).count();
    let once: f64 = climbs.iter().map(|(_, climb)| climb.expected()).sum();
    ladders as f64 * once
}

/// Lets `contestant`, or its twin in Python, climb until something stops it.
///
/// # Errors
///
/// If the user interrupts it. The steps so far are lost: half a climb says nothing about its end.
fn climb(
    interpreter: Option<&str>,
    contestant: Contestant,
    extent: Climb,
    bench: &Bench,
    progress: &Progress,
) -> Result<Ladder, Interrupted> {
    let start = Instant::now();
    let available = machine::available_memory().unwrap_or(u64::MAX);
    let allowed = (available as f64 * extent.memory) as u64;
    let allowed = extent.budget.unwrap_or(allowed);
    let mut ladder = Ladder {
        contestant,
        nap: extent.nap,
        cliff: extent.cliff,
        steps: Vec::new(),
        end: End::Top,
    };
    while let Some(units) = next_step(ladder.most(), ladder.least_too_many(), extent.top) {
        let needed = expected_memory(&ladder, units);
        if needed > allowed {
            ladder.end = End::Budget { needed, allowed };
            break;
        }
        if start.elapsed().as_secs_f64() > extent.seconds {
            if ladder.end == End::Top {
                ladder.end = End::OutOfTime;
            }
            break;
        }
        progress.on("ladder", &step_name(contestant, units, extent));
        let needed = expected_peak(&ladder, units);
        let (outcome, end) = step(interpreter, contestant, units, needed, extent, bench)?;
        if let Some(end) = end {
            ladder.end = end;
        }
        ladder.steps.push(Step { units, outcome });
    }
    ladder.steps.sort_by_key(|step| step.units);
    progress.done(extent.expected());
    Ok(ladder)
}

/// What the progress shows of a step; how long it may take, if that is long.
fn step_name(contestant: Contestant, units: u64, extent: Climb) -> String {
    let minutes = extent.patience().as_secs() / 60;
    match minutes {
        0 => format!("{contestant} x {units}"),
        _ => format!("{contestant} x {units}, which may take {minutes} min"),
    }
}

/// Lets so many sleep at once, which are expected to need so much. Says why that was too many, if it was.
fn step(
    interpreter: Option<&str>,
    contestant: Contestant,
    units: u64,
    needed: Peak,
    extent: Climb,
    bench: &Bench,
) -> Result<(Outcome, Option<End>), Interrupted> {
    let arguments = format!("sleepers --size {units} --time-scale {}", extent.nap);
    let arguments: Vec<_> = arguments.split(' ').map(str::to_owned).collect();
    let limits = Limits::here();
    let (outcome, peak) = bench.watch(Trial {
        interpreter,
        contestant,
        arguments: &arguments,
        conditions: Conditions {
            one_core: false,
            served: false,
            may_die: true,
            expected: extent.nap,
        },
        faults: None,
        load: None,
        sampled: true,
        // Enough to see by how much it is too slow, if not by very much.
        patience: extent.patience(),
    })?;
    let end = match &outcome {
        Outcome::Ran(run) if extent.cliff || run.seconds <= TOO_SLOW * extent.nap => None,
        Outcome::Ran(_) | Outcome::Hung(_) => Some(End::TooSlow),
        // Death may come too fast to be seen at its largest.
        Outcome::Failed(complaint) => {
            let peak = peak.unwrap_or_default();
            let peak = Peak {
                threads: peak.threads.max(needed.threads),
                maps: peak.maps.max(needed.maps),
                ..peak
            };
            Some(End::Failed(examine(complaint, Some(peak), &limits)))
        }
    };
    Ok((outcome, end))
}

/// The next number to try, if another would tell more: ten times as many until that is too many, then what lies between
/// the most that are possible and the least that are too many, until those are a tenth apart.
fn next_step(most: Option<u64>, too_many: Option<u64>, top: u64) -> Option<u64> {
    match (most, too_many) {
        (None, None) => Some(1),
        (None, Some(_)) => None,
        (Some(most), None) => (most < top).then(|| (most * 10).min(top)),
        (Some(most), Some(too_many)) => {
            let between = round((most as f64 * too_many as f64).sqrt());
            let near = too_many as f64 <= 1.1 * most as f64;
            (!near && most < between && between < too_many).then_some(between)
        }
    }
}

/// To two digits, which are easier to remember and no less exact than the climb.
fn round(units: f64) -> u64 {
    let digit = 10_f64.powf(units.log10().floor() - 1.0).max(1.0);
    ((units / digit).round() * digit) as u64
}

/// What so many units will need, going by the largest good step; nothing before there is one.
fn expected_peak(ladder: &Ladder, units: u64) -> Peak {
    let largest = ladder.good().max_by_key(|(most, _)| *most);
    let Some((most, Some(peak))) = largest.map(|(most, run)| (most, run.peak)) else {
        return Peak::default();
    };
    let scaled = |count: u64| (count as f64 / most as f64 * units as f64) as u64;
    Peak {
        threads: scaled(peak.threads),
        maps: scaled(peak.maps),
        ..Peak::default()
    }
}

/// Bytes that so many units will take, going by the slope between the two largest good steps; or, of one step alone, by its
/// share, which has the program itself in it and is too much rather than too little.
fn expected_memory(ladder: &Ladder, units: u64) -> u64 {
    let mut good: Vec<_> = ladder
        .good()
        .filter_map(|(units, run)| Some((units, run.peak?.memory)))
        .collect();
    good.sort_unstable();
    match good[..] {
        [] => 0,
        [(most, memory)] => memory / most * units,
        [.., (fewer, less), (most, memory)] => {
            let each = memory.saturating_sub(less) / (most - fewer);
            memory + each * units.saturating_sub(most)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    /// Climbs where up to `limit` are possible; the steps.
    fn climbed(limit: u64, top: u64) -> Vec<u64> {
        let (mut most, mut too_many, mut steps) = (None, None, Vec::new());
        while let Some(units) = next_step(most, too_many, top) {
            steps.push(units);
            if units <= limit {
                most = most.max(Some(units));
            } else {
                too_many = Some(too_many.unwrap_or(u64::MAX).min(units));
            }
        }
        steps
    }

    #[test]
    fn a_climb_goes_up_by_tens_and_then_searches() {
        assert_eq!(climbed(u64::MAX, 1000), [1, 10, 100, 1000]);
        assert_eq!(climbed(0, 1000), [1]);
        assert_eq!(climbed(1, 1000), [1, 10, 3, 2]);
        let steps = climbed(12_345, 1_000_000);
        assert_eq!(steps[..6], [1, 10, 100, 1000, 10_000, 100_000]);
        let most = steps
            .iter()
            .filter(|units| **units <= 12_345)
            .max()
            .unwrap();
        assert!(*most * 11 / 10 >= 12_345, "{steps:?}");
    }

    #[test]
    fn what_a_step_will_take_is_a_slope_and_at_first_a_share() {
        let ladder = |steps: &[u64]| {
            let results = fixtures::results().with_ladder(Contestant::Threading, steps, 1000);
            results.ladders[0].clone()
        };
        let base = 1 << 20;
        assert_eq!(expected_memory(&ladder(&[]), 10), 0);
        assert_eq!(expected_memory(&ladder(&[1]), 10), 10 * (base + 1000));
        assert_eq!(expected_memory(&ladder(&[1, 10]), 100), base + 100 * 1000);
    }

    #[test]
    fn every_search_ends() {
        for limit in 1..3000 {
            assert!(climbed(limit, 1_000_000).len() < 15, "{limit}");
        }
    }
}
