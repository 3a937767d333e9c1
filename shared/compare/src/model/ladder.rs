//! The ladder: a climb with ever more units asleep at once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::cause::Cause;
use crate::model::run::{Outcome, Run};
use crate::model::technique::Contestant;

/// A technique's climb: ever more units asleep at once.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Ladder {
    /// Who climbed.
    pub contestant: Contestant,
    /// Seconds that every unit sleeps: the ideal, however many units there are.
    pub nap: f64,
    /// Whether it went on where it was too slow, until something broke.
    pub cliff: bool,
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
    /// How it went.
    pub outcome: Outcome,
}

/// Why a climb ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Nothing stood in the way of the last step.
    Top,
    /// It took longer than [`TOO_SLOW`] times the ideal.
    TooSlow,
    /// The next step would have taken more memory than this run may use.
    Budget {
        /// Bytes that it would have taken.
        needed: u64,
        /// Bytes that it may take.
        allowed: u64,
    },
    /// The climb had taken its time.
    OutOfTime,
    /// The program failed, and why.
    Failed(Cause),
}

/// A step of a climb that takes longer than this many times the ideal is too slow.
pub const TOO_SLOW: f64 = 1.5;

impl Ladder {
    /// The steps that ended in time, with all units.
    pub fn good(&self) -> impl DoubleEndedIterator<Item = (u64, &Run)> {
        self.steps.iter().filter_map(|step| {
            let run = step.outcome.run()?;
            self.in_time(run).then_some((step.units, run))
        })
    }

    /// The most units that ended well.
    pub fn most(&self) -> Option<u64> {
        let too_many = self.least_too_many().unwrap_or(u64::MAX);
        self.good()
            .map(|(units, _)| units)
            .filter(|units| *units < too_many)
            .max()
    }

    /// The fewest units that did not.
    pub fn least_too_many(&self) -> Option<u64> {
        let bad = self.steps.iter().filter(|step| {
            let run = step.outcome.run();
            run.is_none_or(|run| !self.in_time(run))
        });
        bad.map(|step| step.units).min()
    }

    fn in_time(&self, run: &Run) -> bool {
        self.cliff || run.seconds <= TOO_SLOW * self.nap
    }
}
