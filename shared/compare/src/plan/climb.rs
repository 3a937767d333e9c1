//! How far the climb of the ladder goes.

use std::time::Duration;

use crate::model::options::{Extent, Size};
use crate::model::rows::Family;
use crate::model::technique::Contestant;

/// How far a climb goes, and at what risk.
#[derive(Clone, Copy, Debug)]
pub struct Climb {
    /// The last step.
    pub top: u64,
    /// Seconds that it may take: a step that would take longer does not begin.
    pub seconds: f64,
    /// Part of the free memory that it may take up.
    pub memory: f64,
    /// Bytes that it may take up instead, if so many were asked for.
    pub budget: Option<u64>,
    /// Whether it goes on until something breaks.
    pub cliff: bool,
}

/// A unit sleeps for at least so many seconds: what it takes has to be seen.
const SHORTEST_NAP: f64 = 0.1;

/// And for so many times as long as starting all of them is expected to take: starting may take longer than expected.
const MARGIN: f64 = 2.0;

/// A careful climb uses up no more than this share of a limit: others need it, too.
pub const SPARED: f64 = 0.5;

impl Climb {
    /// All climbs that were asked for.
    pub fn all(extent: &Extent) -> Vec<(Contestant, Self)> {
        let climbers = Contestant::TECHNIQUES.into_iter();
        let climbers =
            climbers.filter(|who| extent.includes(Family::Sleepers) && extent.invites(*who));
        climbers.map(|who| (who, Self::of(extent, who))).collect()
    }

    /// The climb of this technique that was asked for. One after another has no cliff: more units take longer, and nothing
    /// breaks.
    fn of(extent: &Extent, technique: Contestant) -> Self {
        let climb = match extent.cliff() && technique != Contestant::Sequential {
            true => Self::cliff(),
            false => Self::careful(extent.size()),
        };
        Self {
            budget: extent.memory,
            ..climb
        }
    }

    /// Seconds that each unit of a step sleeps of which starting all is expected to take so many.
    pub fn nap(self, starting: f64) -> f64 {
        SHORTEST_NAP + MARGIN * starting
    }

    /// Seconds that such a step takes.
    pub fn step(self, starting: f64) -> f64 {
        self.nap(starting) + starting
    }

    /// How long such a step may take before it counts as hung.
    pub fn patience(self, starting: f64) -> Duration {
        Duration::from_secs_f64(match self.cliff {
            true => 300.0,
            false => 2.0 + 3.0 * self.step(starting),
        })
    }

    /// By how much more the next step may be, boldest first.
    pub fn strides(self) -> &'static [u64] {
        match self.cliff {
            true => &[10],
            false => &[10, 3],
        }
    }

    /// About how long the climb takes, in seconds: good enough for a progress bar.
    pub fn expected(self) -> f64 {
        match self.cliff {
            true => 120.0,
            false => self.seconds,
        }
    }

    /// A climb that leaves the machine in peace.
    fn careful(size: Size) -> Self {
        Self {
            top: 1_000_000,
            seconds: size.pick(0.9, 2.5, 60.0),
            memory: 0.25,
            budget: None,
            cliff: false,
        }
    }

    /// A climb to where something breaks.
    fn cliff() -> Self {
        Self {
            top: 10_000_000,
            seconds: 600.0,
            memory: 0.8,
            budget: None,
            cliff: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::options::Options;

    #[test]
    fn a_nap_leaves_all_of_them_time_to_start() {
        let (_, climb) = Climb::all(&Options::without_environment(&[]).extent)[0];
        for starting in [0.0, 0.01, 1.0, 60.0] {
            let nap = climb.nap(starting);
            assert!(nap > 1.9 * starting, "{starting}");
            assert!(climb.patience(starting).as_secs_f64() > climb.step(starting) + nap);
        }
    }

    #[test]
    fn a_quick_climb_is_a_shorter_one_of_the_same_kind() {
        let climb =
            |arguments: &[&str]| Climb::all(&Options::without_environment(arguments).extent)[1].1;
        let (quick, usual) = (climb(&["--quick"]), climb(&[]));
        assert!(quick.seconds < usual.seconds);
        for starting in [0.0, 1.0] {
            assert_eq!(quick.nap(starting), usual.nap(starting));
        }
    }
}
