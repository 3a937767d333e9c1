//! How many units can be alive at once? A climb: 1, 10, 100, ... asleep together, each step a child that may die.
//!
//! Each unit sleeps until the last has started, so that all are alive at once, however long that takes. What they take is
//! looked at meanwhile: it says how many use up the limits that were read beforehand. A careful climb stops well before; one
//! to the cliff goes on until something breaks, searches between the last good step and the first bad one, and names the limit
//! that the bad one died of.

use std::time::Instant;

use crate::measure::bench::{Bench, Trial};
use crate::measure::child::Interrupted;
use crate::measure::limits::{Limits, examine};
use crate::measure::progress::Progress;
use crate::model::cause::Cause;
use crate::model::experiment::Conditions;
use crate::model::ladder::{End, Ladder, Limit, Resource, Step};
use crate::model::quantity::two_digits;
use crate::model::results::Results;
use crate::model::run::{Outcome, Peak};
use crate::model::technique::Contestant;
use crate::plan::climb::{Climb, SPARED};

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
        let concluded = Contestant::CONCLUDED.contains(technique);
        for python in pythons.filter(|python| concluded && python.description.is_ok()) {
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
    let limits = Limits::here().all;
    let climber = Climber {
        interpreter,
        extent,
        allowed: allowed(&limits, extent),
        bench,
    };
    let mut ladder = Ladder {
        contestant,
        cliff: extent.cliff,
        limits,
        steps: Vec::new(),
        end: End::Top,
    };
    // A step whose last unit started after the first woke up is made again, with longer naps.
    let mut again = None;
    loop {
        let left = extent.seconds - start.elapsed().as_secs_f64();
        let next = match again.take() {
            Some((units, starting)) if extent.step(starting) <= left => Ok((units, starting)),
            Some(_) => Err(End::OutOfTime),
            None => next(&ladder, extent, left, climber.allowed),
        };
        let (units, starting) = match next {
            Ok(next) => next,
            Err(end) => {
                // What broke it is its end, though the search went on.
                if !matches!(ladder.end, End::Failed(_)) {
                    ladder.end = end;
                }
                break;
            }
        };
        progress.on("ladder", &step_name(contestant, units, extent));
        let (step, cause) = climber.step(&ladder, units, starting)?;
        if let Some(cause) = cause {
            ladder.end = End::Failed(cause);
        } else if step.outcome.run().is_none() {
            ladder.end = End::Hung;
        } else if step.in_turn() {
            ladder.end = End::InTurn;
        } else if step.together().is_none() {
            let took = step.outcome.run().map_or(0.0, |run| run.seconds);
            again = Some((units, took));
        }
        ladder.steps.retain(|other| other.units != units);
        ladder.steps.push(step);
        if matches!(ladder.end, End::Hung | End::InTurn) {
            break;
        }
    }
    ladder.steps.sort_by_key(|step| step.units);
    progress.done(extent.expected());
    Ok(ladder)
}

/// Bytes that a step may take: what was asked for, or its share of what the machine has left and control groups still grant.
fn allowed(limits: &[Limit], extent: Climb) -> u64 {
    let memory = limits.iter().filter(|limit| limit.of == Resource::Memory);
    let left = memory.map(|limit| limit.allowed.saturating_sub(limit.before));
    let left = left.min().unwrap_or(u64::MAX);
    let share = (left as f64 * extent.memory) as u64;
    extent.budget.unwrap_or(share)
}

/// What the progress shows of a step; how long it may take, if that is long.
fn step_name(contestant: Contestant, units: u64, extent: Climb) -> String {
    match extent.cliff {
        false => format!("{contestant} x {units}"),
        true => format!("{contestant} x {units}, which may take 5 min"),
    }
}

/// How steps are made.
struct Climber<'a> {
    interpreter: Option<&'a str>,
    extent: Climb,
    /// Bytes that a step may take.
    allowed: u64,
    bench: &'a Bench,
}

impl Climber<'_> {
    /// Lets so many sleep at once. Says of what they died, if they did.
    fn step(
        &self,
        ladder: &Ladder,
        units: u64,
        starting: f64,
    ) -> Result<(Step, Option<Cause>), Interrupted> {
        let nap = self.extent.nap(starting);
        let arguments = format!("sleepers --size {units} --time-scale {nap:.3}");
        let arguments: Vec<_> = arguments.split(' ').map(str::to_owned).collect();
        let limits = Limits::here();
        let (outcome, peak) = self.bench.watch(Trial {
            interpreter: self.interpreter,
            runner: ladder.contestant.into(),
            arguments: &arguments,
            conditions: Conditions {
                one_core: false,
                served: false,
                may_die: true,
                expected: nap,
                crowd: true,
            },
            faults: None,
            load: None,
            sampled: true,
            patience: self.extent.patience(starting),
        })?;
        let cause = match &outcome {
            Outcome::Ran(_) | Outcome::Hung(_) => None,
            // Death may come too fast to be seen at its largest.
            Outcome::Failed(complaint) => {
                let (peak, needed) = (peak.unwrap_or_default(), expected_peak(ladder, units));
                let peak = Peak {
                    threads: peak.threads.max(needed.threads),
                    maps: peak.maps.max(needed.maps),
                    ..peak
                };
                Some(examine(complaint, Some(peak), &limits))
            }
        };
        let step = Step {
            units,
            nap,
            outcome,
        };
        Ok((step, cause))
    }
}

/// The next number of units, and the seconds that starting them is expected to take, of a climb that has so many seconds and
/// bytes left; or why it ends.
fn next(ladder: &Ladder, extent: Climb, left: f64, allowed: u64) -> Result<(u64, f64), End> {
    let mut end = End::Top;
    for stride in extent.strides() {
        let Some(units) = next_step(ladder, *stride, extent.top) else {
            return Err(End::Top);
        };
        let spared = spared(ladder).filter(|_| !extent.cliff);
        let units = spared.as_ref().map_or(units, |(room, _)| units.min(*room));
        let starting = starting(ladder, units);
        let needed = expected_memory(ladder, units);
        end = match (ladder.most(), spared) {
            (Some(most), Some((room, name))) if 2 * room < 3 * most => End::Near(name),
            _ if needed > allowed => End::Budget { needed, allowed },
            (Some(_), _) if extent.step(starting) > left => End::OutOfTime,
            _ => return Ok((units, starting)),
        };
    }
    Err(end)
}

/// The most units of a careful climb, and the limit for whose sake. Memory has a share of its own.
fn spared(ladder: &Ladder) -> Option<(u64, String)> {
    let limits = ladder.limits.iter();
    let limits = limits.filter(|limit| limit.of != Resource::Memory);
    let rooms = limits.filter_map(|limit| Some((limit, ladder.room(limit)?)));
    let (limit, room) = rooms.min_by(|(_, one), (_, other)| one.total_cmp(other))?;
    Some((two_digits(SPARED * room), limit.name.clone()))
}

/// The next number to try, if another would tell more: so many times as many until that is too many, then what lies between
/// the most that are possible and the least that are too many, until those are a tenth apart.
fn next_step(ladder: &Ladder, stride: u64, top: u64) -> Option<u64> {
    between(ladder.most(), ladder.least_too_many(), stride, top)
}

fn between(most: Option<u64>, too_many: Option<u64>, stride: u64, top: u64) -> Option<u64> {
    match (most, too_many) {
        (None, None) => Some(1),
        (None, Some(_)) => None,
        (Some(most), None) => (most < top).then(|| (most * stride).min(top)),
        (Some(most), Some(too_many)) => {
            let middle = two_digits((most as f64 * too_many as f64).sqrt());
            let near = too_many as f64 <= 1.1 * most as f64;
            (!near && most < middle && middle < too_many).then_some(middle)
        }
    }
}

/// Seconds that so many are expected to take to start and to end, going by the largest good step.
fn starting(ladder: &Ladder, units: u64) -> f64 {
    let last = ladder.last_good();
    let each = last.and_then(|step| Some(step.starting()? / step.units as f64));
    each.unwrap_or(0.0) * units as f64
}

/// What so many units will need, going by the largest good step; nothing before there is one.
fn expected_peak(ladder: &Ladder, units: u64) -> Peak {
    let last = ladder.last_good();
    let Some((most, peak)) = last.and_then(|step| Some((step.units, step.together()?.peak?)))
    else {
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
    let slope = ladder.each(Resource::Memory);
    let alone = ladder.good().filter_map(|(step, run)| {
        let peak = run.peak?;
        Some((peak.memory / step.units * units) as f64)
    });
    let expected = match slope {
        Some((each, without)) => Some(without + each * units as f64),
        None => alone.min_by(f64::total_cmp),
    };
    expected.unwrap_or_default() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::model::options::Options;

    /// Climbs where up to `limit` are possible; the steps.
    fn climbed(limit: u64, top: u64) -> Vec<u64> {
        let (mut most, mut too_many, mut steps) = (None, None, Vec::new());
        while let Some(units) = between(most, too_many, 10, top) {
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
    fn a_climb_has_its_share_of_the_least_memory_that_the_machine_or_a_control_group_has_left() {
        let limit = |of, before, allowed| Limit {
            of,
            name: String::new(),
            before,
            allowed,
            raise: String::new(),
        };
        let of = |limits: &[Limit], arguments: &[&str]| {
            let (_, extent) = Climb::all(&Options::without_environment(arguments).extent)[1];
            allowed(limits, extent)
        };
        let machine = limit(Resource::Memory, 2000, 10_000);
        let group = limit(Resource::Memory, 600, 1000);
        let files = limit(Resource::Files, 0, 10);
        assert_eq!(of(&[files.clone(), machine.clone()], &[]), 2000);
        assert_eq!(of(&[files, machine, group.clone()], &[]), 100);
        assert_eq!(of(&[group], &["--memory", "1000000"]), 1_000_000);
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
    fn every_search_ends() {
        for limit in 1..3000 {
            assert!(climbed(limit, 1_000_000).len() < 15, "{limit}");
        }
    }

    fn ladder(steps: &[u64]) -> Ladder {
        let results = fixtures::results().with_ladder(Contestant::Threading, steps, 1000);
        results.ladders[0].clone()
    }

    #[test]
    fn the_prediction_of_a_step_is_a_slope_and_at_first_a_share() {
        let base = 1 << 20;
        assert_eq!(expected_memory(&ladder(&[]), 10), 0);
        assert_eq!(expected_memory(&ladder(&[1]), 10), 10 * (base + 1000));
        assert_eq!(expected_memory(&ladder(&[1, 10]), 100), base + 100 * 1000);
    }

    #[test]
    fn starting_ten_times_as_many_is_expected_to_take_ten_times_as_long() {
        assert_eq!(starting(&ladder(&[]), 10), 0.0);
        let mut climbed = ladder(&[1, 10]);
        let Outcome::Ran(run) = &mut climbed.steps[1].outcome else {
            panic!("it ran")
        };
        run.seconds = 1.05;
        assert!((starting(&climbed, 100) - 0.5).abs() < 1e-9);
    }

    /// How a careful climb goes on that may take so many seconds and bytes.
    fn goes_on(ladder: &Ladder, left: f64, allowed: u64) -> Result<u64, End> {
        let extent = Climb::all(&Options::without_environment(&[]).extent)[1].1;
        let next = next(ladder, extent, left, allowed);
        next.map(|(units, _)| units)
    }

    #[test]
    fn a_careful_climb_stops_before_time_memory_or_half_of_a_limit_is_used_up() {
        let plenty = u64::MAX;
        let mut climbed = ladder(&[1, 10, 100]);
        for step in &mut climbed.steps {
            let Outcome::Ran(run) = &mut step.outcome else {
                panic!("it ran")
            };
            run.seconds = 1.01;
            run.peak.as_mut().unwrap().threads = step.units;
        }
        assert_eq!(goes_on(&climbed, 9.0, plenty), Ok(1000));
        assert_eq!(goes_on(&climbed, 0.05, plenty), Err(End::OutOfTime));
        let (needed, allowed) = ((1 << 20) + 300_000, (1 << 20) + 299_999);
        assert_eq!(goes_on(&climbed, 9.0, needed), Ok(300));
        assert_eq!(
            goes_on(&climbed, 9.0, allowed),
            Err(End::Budget { needed, allowed })
        );
        // Each takes a thread, and 500 are left: half of them may be taken.
        let threads = |allowed| Limit {
            of: Resource::Threads,
            name: "pids.max".to_owned(),
            before: 100,
            allowed,
            raise: String::new(),
        };
        climbed.limits = vec![threads(600)];
        assert_eq!(goes_on(&climbed, 9.0, plenty), Ok(250));
        climbed.limits = vec![threads(380)];
        assert_eq!(
            goes_on(&climbed, 9.0, plenty),
            Err(End::Near("pids.max".to_owned()))
        );
    }
}
