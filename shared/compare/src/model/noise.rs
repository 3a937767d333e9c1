//! What else happened on this machine while something was measured.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A run in which others took more than this share of the machine's CPU time is disturbed.
pub const TOLERATED: f64 = 0.04;

/// The same of a run in which thousands of units start and end. The kernel clears away after them outside of their account: 8 µs a
/// thread after its own end and 7 µs in the kernel's threads were seen, which were 6% of two cores, however long it took.
pub const CROWD: f64 = 0.2;

/// The same of runs that are shorter than [`SCREENABLE`] and are looked at together: the system counts in ticks of 10 ms, one of which
/// more or less is a twentieth of a tenth of a second of two cores.
pub const COARSE: f64 = 0.2;

/// What others did to a run, as shares of the CPU time that the machine had to give meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Noise {
    /// Taken by other processes; `None` where the system does not tell.
    pub others: Option<f64>,
    /// Taken by other machines, if this is a virtual one.
    pub stolen: Option<f64>,
    /// Share of the time in which something runnable had no core, ourselves included; `None` where the system does not
    /// tell.
    pub pressure: Option<f64>,
    /// Seconds that threads, ourselves included, stood in a core's queue, all together; `None` where the system does not
    /// tell.
    #[serde(default)]
    pub queued: Option<f64>,
}

impl Noise {
    /// Whether others took more than is tolerated. Where the system does not tell, this is false.
    pub fn disturbs(&self) -> bool {
        self.level() > TOLERATED
    }

    /// How much others took.
    pub fn level(&self) -> f64 {
        self.others.unwrap_or_default().max(0.0) + self.stolen.unwrap_or_default()
    }
}

/// In a run shorter than this, in seconds, the shares of others are no larger than the steps of the clock.
pub const SCREENABLE: f64 = 0.1;
