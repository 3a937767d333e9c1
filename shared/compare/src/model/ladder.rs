//! The ladder: a climb with ever more units asleep at once, and the limits that are in its way.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::cause::Cause;
use crate::model::run::{Outcome, Peak, Run};
use crate::model::technique::Contestant;

/// A technique's climb: ever more units asleep at once.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Ladder {
    /// The technique that climbed.
    pub contestant: Contestant,
    /// Whether it went on until something broke.
    pub cliff: bool,
    /// The limits in its way, read before it began.
    pub limits: Vec<Limit>,
    /// What was tried, fewest units first.
    pub steps: Vec<Step>,
    /// Why the climb ended.
    pub end: End,
}

/// One step of a climb.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// Units asleep at once.
    pub units: u64,
    /// Seconds that each of them sleeps: long enough for the last to start before the first wakes up.
    pub nap: f64,
    /// How it went.
    pub outcome: Outcome,
}

/// Something of which there is only so much.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Limit {
    /// What it is a limit of.
    pub of: Resource,
    /// Its name.
    pub name: String,
    /// What others had in use before.
    pub before: u64,
    /// What is allowed, with what others use.
    pub allowed: u64,
    /// How to raise it.
    pub raise: String,
}

/// What a unit takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    /// Bytes of memory of all processes.
    Memory,
    /// Threads of all processes.
    Threads,
    /// Memory maps of the process that has most.
    Maps,
    /// Open files of the process that has most.
    Files,
}

/// Why a climb ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Nothing stood in the way of the last step.
    Top,
    /// The units were never alive at once: each waited for the one before.
    InTurn,
    /// The next step would have taken more memory than this run may use.
    Budget {
        /// Bytes that it would have taken.
        needed: u64,
        /// Bytes that it may take.
        allowed: u64,
    },
    /// The next step would have used up most of the limit of this name.
    Near(String),
    /// The next step would have taken more time than the climb has.
    OutOfTime,
    /// The last step did not come to its end.
    Hung,
    /// The program failed, and why.
    Failed(Cause),
}

impl Resource {
    /// How much of it a program takes that is this large.
    pub fn taken(self, peak: &Peak) -> u64 {
        match self {
            Self::Memory => peak.memory,
            Self::Threads => peak.threads,
            Self::Maps => peak.maps,
            Self::Files => peak.files,
        }
    }
}

impl Step {
    /// The run, if all of its units were alive at once. The last had started before the first woke up if all together took less
    /// than two naps.
    pub fn together(&self) -> Option<&Run> {
        let run = self.outcome.run()?;
        (run.seconds < 2.0 * self.nap).then_some(run)
    }

    /// Seconds that it took to start all units and to see them end.
    pub fn starting(&self) -> Option<f64> {
        Some((self.together()?.seconds - self.nap).max(0.0))
    }

    /// Whether each unit waited for the one before: it took as long as all naps one after another.
    pub fn in_turn(&self) -> bool {
        let naps = self.units as f64 * self.nap;
        let run = self.outcome.run();
        self.units > 1 && run.is_some_and(|run| run.seconds > IN_TURN * naps)
    }
}

/// From this share of all naps on they were taken one after another.
const IN_TURN: f64 = 0.9;

impl Ladder {
    /// The steps in which all units were alive at once.
    pub fn good(&self) -> impl DoubleEndedIterator<Item = (&Step, &Run)> {
        let steps = self.steps.iter();
        steps.filter_map(|step| Some((step, step.together()?)))
    }

    /// The largest of them.
    pub fn last_good(&self) -> Option<&Step> {
        let too_many = self.least_too_many().unwrap_or(u64::MAX);
        let good = self.good().map(|(step, _)| step);
        good.filter(|step| step.units < too_many)
            .max_by_key(|step| step.units)
    }

    /// The most units that were alive at once.
    pub fn most(&self) -> Option<u64> {
        Some(self.last_good()?.units)
    }

    /// The fewest units at which something broke.
    pub fn least_too_many(&self) -> Option<u64> {
        let broke = |step: &&Step| matches!(step.outcome, Outcome::Failed(_) | Outcome::Hung(_));
        self.steps.iter().filter(broke).map(|step| step.units).min()
    }

    /// What one more unit takes of something, and what the program takes without any. `None` if too few steps were looked at, or
    /// if more units took no more.
    pub fn each(&self, of: Resource) -> Option<(f64, f64)> {
        self.each_with(of, 0.0)
    }

    /// The same, if the larger of two steps took so much more than was seen.
    fn each_with(&self, of: Resource, unseen: f64) -> Option<(f64, f64)> {
        let seen = self.good();
        let seen =
            seen.filter_map(|(step, run)| Some((step.units, of.taken(run.peak.as_ref()?) as f64)));
        let mut seen: Vec<_> = seen.collect();
        seen.sort_by_key(|(units, _)| *units);
        let [first, .., last] = seen[..] else {
            return None;
        };
        // Counts are exact, and the last two steps have least of what happens only once; memory shows where it grew most.
        let fewer = match of {
            Resource::Memory => first,
            _ => seen[seen.len() - 2],
        };
        let ((fewer, less), (more, most)) = (fewer, last);
        let each = (most + unseen - less) / (more - fewer) as f64;
        (each > 0.0).then_some((each, most + unseen - each * more as f64))
    }

    /// The number of units that uses up a limit, as far as one more takes any of it.
    pub fn room(&self, limit: &Limit) -> Option<f64> {
        self.room_with(limit, 0.0)
    }

    /// The same, if the larger of two steps took so much more than was seen.
    pub fn room_with(&self, limit: &Limit, unseen: f64) -> Option<f64> {
        let (each, without) = self.each_with(limit.of, unseen)?;
        let left = limit.allowed as f64 - limit.before as f64 - without;
        Some((left / each).max(0.0))
    }

    /// The limit that the fewest units use up, and how many those are.
    pub fn nearest(&self) -> Option<(&Limit, f64)> {
        let limits = self.limits.iter();
        let rooms = limits.filter_map(|limit| Some((limit, self.room(limit)?)));
        rooms.min_by(|(_, one), (_, other)| one.total_cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    /// So many units that slept for a second, and took so long in all.
    fn step(units: u64, seconds: f64) -> Step {
        Step {
            units,
            nap: 1.0,
            outcome: fixtures::ran(Run {
                seconds,
                ..fixtures::run()
            }),
        }
    }

    #[test]
    fn units_were_alive_at_once_if_all_took_less_than_two_naps() {
        assert!(step(10, 1.99).together().is_some());
        assert!(step(10, 2.0).together().is_none());
        assert!((step(10, 1.25).starting().unwrap() - 0.25).abs() < 1e-9);
        assert_eq!(step(10, 2.0).starting(), None);
    }

    #[test]
    fn units_that_took_nine_tenths_of_all_naps_waited_for_each_other() {
        assert!(step(10, 9.1).in_turn());
        assert!(!step(10, 8.9).in_turn());
        assert!(!step(1, 1.0).in_turn(), "one waits for none");
    }

    #[test]
    fn a_step_that_failed_was_too_large_and_one_that_was_only_slow_was_not() {
        let mut ladder = fixtures::results()
            .with_ladder(Contestant::Threading, &[1, 10], 9000)
            .ladders
            .remove(0);
        ladder.steps.push(step(100, 5.0));
        assert_eq!((ladder.most(), ladder.least_too_many()), (Some(10), None));
        let outcome = Outcome::Failed("oh".to_owned());
        ladder.steps.push(Step {
            outcome,
            ..step(1000, 0.0)
        });
        assert_eq!(ladder.least_too_many(), Some(1000));
        // What has gone well once and failed once is too much.
        ladder.steps.push(step(1000, 1.5));
        assert_eq!(ladder.most(), Some(10));
    }

    #[test]
    fn counts_come_from_the_last_two_steps_and_memory_from_the_first_and_the_last() {
        let results = fixtures::results().with_ladder(Contestant::Threading, &[1, 10, 100], 1000);
        let mut ladder = results.ladders[0].clone();
        for (step, threads) in ladder.steps.iter_mut().zip([20, 30, 120]) {
            let Outcome::Ran(run) = &mut step.outcome else {
                panic!("it ran")
            };
            run.peak.as_mut().unwrap().threads = threads;
        }
        assert_eq!(ladder.each(Resource::Threads), Some((1.0, 20.0)));
        let (each, without) = ladder.each(Resource::Memory).unwrap();
        assert!((each - 1000.0).abs() < 1e-6 && (without - (1 << 20) as f64).abs() < 1e-3);
        assert_eq!(ladder.each(Resource::Files), None, "more took no more");
        let limit = Limit {
            of: Resource::Threads,
            name: "pids.max".to_owned(),
            before: 80,
            allowed: 1100,
            raise: String::new(),
        };
        assert_eq!(ladder.room(&limit), Some(1000.0));
    }

    /// So many units that slept for two seconds, and took so long in all.
    fn long(units: u64, seconds: f64) -> Step {
        Step {
            nap: 2.0,
            ..step(units, seconds)
        }
    }

    #[test]
    fn all_is_measured_in_naps_however_long_they_are() {
        assert!(long(10, 3.9).together().is_some() && long(10, 4.1).together().is_none());
        assert!(long(10, 18.1).in_turn() && !long(10, 17.9).in_turn());
        assert!(long(2, 3.7).in_turn(), "two in turn are the fewest");
        assert_eq!(long(10, 1.9).starting(), Some(0.0));
    }

    #[test]
    fn steps_may_come_in_any_order_and_unseen_memory_makes_each_unit_larger() {
        let results = fixtures::results().with_ladder(Contestant::Threading, &[100, 1, 10], 1000);
        let ladder = &results.ladders[0];
        let near = |one: f64, other: f64| (one - other).abs() < 1e-3;
        let (each, without) = ladder.each(Resource::Memory).unwrap();
        assert!(near(each, 1000.0) && near(without, f64::from(1 << 20)));
        let (each, without) = ladder.each_with(Resource::Memory, 990.0).unwrap();
        assert!(near(each, 1010.0), "{each}");
        assert!(near(without, f64::from(1 << 20) - 10.0), "{without}");
        let full = Limit {
            before: 8 << 30,
            ..ladder.limits[0].clone()
        };
        assert_eq!(ladder.room(&full), Some(0.0), "none has room");
    }

    #[test]
    fn a_step_that_broke_leaves_out_those_above_it() {
        let mut ladder = fixtures::results()
            .with_ladder(Contestant::Threading, &[1, 10, 100], 9000)
            .ladders
            .remove(0);
        ladder.steps[1].outcome = Outcome::Failed("oh".to_owned());
        assert_eq!(ladder.most(), Some(1));
        ladder.steps[0].outcome = Outcome::Failed("oh".to_owned());
        assert_eq!(ladder.most(), None);
    }
}
