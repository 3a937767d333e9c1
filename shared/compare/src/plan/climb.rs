//! How far the climb of the ladder goes.

use std::time::Duration;

use crate::model::options::{Extent, Size};
use crate::model::rows::Family;
use crate::model::technique::Contestant;

/// How far a climb goes, and at what risk.
#[derive(Clone, Copy, Debug)]
pub struct Climb {
    /// Seconds that every unit sleeps.
    pub nap: f64,
    /// The last step.
    pub top: u64,
    /// Seconds after which no further step begins.
    pub seconds: f64,
    /// Part of the free memory that it may take up.
    pub memory: f64,
    /// Bytes that it may take up instead, if somebody has said so.
    pub budget: Option<u64>,
    /// Whether it goes on where it is too slow, until something breaks.
    pub cliff: bool,
}

impl Climb {
    /// All climbs that were asked for.
    pub fn all(extent: &Extent) -> Vec<(Contestant, Self)> {
        let climbers = Contestant::CONCLUDED.into_iter();
        let climbers =
            climbers.filter(|who| extent.includes(Family::Sleepers) && extent.invites(*who));
        climbers.map(|who| (who, Self::of(extent, who))).collect()
    }

    /// The climb of this technique that was asked for. One after another has no cliff: more units take longer, and nothing
    /// breaks.
    fn of(extent: &Extent, technique: Contestant) -> Self {
        let climb = match extent.cliff() && technique != Contestant::Sequential {
            true => Self::cliff(extent.size()),
            false => Self::careful(extent.size()),
        };
        Self {
            budget: extent.memory,
            ..climb
        }
    }

    /// How long a step may take. On the way to the cliff it is not too slow before minutes have passed, else as soon as it is
    /// clear by how much.
    pub fn patience(self) -> Duration {
        Duration::from_secs_f64(match self.cliff {
            true => 300.0,
            false => 1.0 + 2.0 * self.nap,
        })
    }

    /// About how long the climb takes, in seconds: good enough for a progress bar.
    pub fn expected(self) -> f64 {
        match self.cliff {
            true => 120.0,
            false => self.seconds + 1.0,
        }
    }

    /// A climb that leaves the machine in peace.
    fn careful(size: Size) -> Self {
        Self {
            nap: size.pick(0.1, 0.3, 1.0),
            top: 1_000_000,
            seconds: size.pick(0.7, 2.5, 60.0),
            memory: 0.25,
            budget: None,
            cliff: false,
        }
    }

    /// A climb to where something breaks.
    fn cliff(size: Size) -> Self {
        Self {
            // Long enough for all of them to have started before the first wakes up, as far as anything breaks at all.
            nap: size.pick(1.0, 5.0, 5.0),
            top: 10_000_000,
            seconds: 600.0,
            memory: 0.8,
            budget: None,
            cliff: true,
        }
    }
}
