//! A run of a child, and what was measured of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::Receipt;

use crate::model::noise::{CROWD, Noise, SCREENABLE, TOLERATED};

/// How a run of a child ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It did its work and handed in a receipt.
    Ran(Box<Run>),
    /// It did not, and why.
    Failed(String),
    /// It did not end, and was killed after so many seconds.
    Hung(f64),
}

impl Outcome {
    /// The run, if it ended well.
    pub fn run(&self) -> Option<&Run> {
        match self {
            Self::Ran(run) => Some(run),
            Self::Failed(_) | Self::Hung(_) => None,
        }
    }

    /// What went wrong, if anything did.
    pub fn failure(&self) -> Option<String> {
        match self {
            Self::Ran(_) => None,
            Self::Failed(reason) => Some(reason.clone()),
            Self::Hung(seconds) => Some(format!("stopped: not over after {seconds:.0} s")),
        }
    }
}

/// What was measured of a child, from outside unless it says otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// Seconds from starting the program to its end.
    pub wall: f64,
    /// CPU seconds in the program and the processes it waited for.
    pub user: f64,
    /// CPU seconds in the kernel on their behalf.
    pub system: f64,
    /// Times that they gave up the core to wait for something.
    pub voluntary: u64,
    /// Times that the core was taken from them.
    pub involuntary: u64,
    /// Seconds as seen from inside, without starting and ending the program.
    pub seconds: f64,
    /// What it did, in its own words, checked.
    #[schemars(with = "crate::model::receipt::Receipt")]
    pub receipt: Receipt,
    /// Most memory seen at once, if this run was sampled.
    pub peak: Option<Peak>,
    /// Mean seconds for which the server held back a page that was asked to wait.
    pub served_after: Option<f64>,
    /// What others did to this run; `None` if it was not measured.
    pub noise: Option<Noise>,
    /// Instructions that it took outside of the kernel; `None` where nothing counts them.
    #[serde(default)]
    pub instructions: Option<u64>,
    /// Seconds for which its cores waited because a quota was used up; `None` if there is no quota.
    #[serde(default)]
    pub throttled: Option<f64>,
    /// Whether thousands of units started and ended.
    #[serde(default)]
    pub crowd: bool,
    /// The rates that were tried on a server, in this order, if one was searched for.
    #[serde(default)]
    pub trials: Vec<Trial>,
}

/// A rate that was tried on a server.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Trial {
    /// Requests a second.
    pub rate: f64,
    /// Seconds within which 99% of them were answered.
    pub p99: f64,
    /// By how many seconds the load sent 99% of them late at most.
    pub late: f64,
    /// Whether none was lost, and 99% were answered in time.
    pub well: bool,
}

impl Run {
    /// Counts what processes took that had not been started by it, and worked for it: CPU seconds in all, those of them in the kernel,
    /// and switches.
    pub fn add(&mut self, cpu: f64, system: f64, voluntary: u64, involuntary: u64) {
        self.user += cpu - system;
        self.system += system;
        self.voluntary += voluntary;
        self.involuntary += involuntary;
    }

    /// CPU seconds in all.
    pub fn cpu(&self) -> f64 {
        self.user + self.system
    }

    /// Whether others disturbed it. In a run that is too short the clock's own steps look the same.
    pub fn disturbed(&self) -> bool {
        let noise = self.noise.map_or(0.0, |noise| noise.level());
        self.wall >= SCREENABLE && noise > self.tolerated()
    }

    /// The share of the CPU above which others disturb it.
    pub fn tolerated(&self) -> f64 {
        if self.crowd { CROWD } else { TOLERATED }
    }
}

/// A contestant at its largest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Peak {
    /// Bytes of memory of all its processes, what they share counted once (PSS).
    pub memory: u64,
    /// Bytes of it that belong to one process alone.
    pub private: u64,
    /// Threads.
    pub threads: u64,
    /// Processes.
    pub processes: u64,
    /// Memory maps of the process that had most.
    pub maps: u64,
    /// Open files of the process that had most.
    pub files: u64,
}

#[cfg(test)]
mod tests {
    use crate::fixtures;

    #[test]
    fn cpu_time_and_memory_of_its_helpers_count_as_a_runs_own() {
        let mut run = fixtures::run();
        (run.user, run.system) = (1.0, 0.25);
        (run.voluntary, run.involuntary) = (3, 5);
        run.add(4.0, 1.5, 7, 11);
        assert_eq!((run.user, run.system, run.cpu()), (3.5, 1.75, 5.25));
        assert_eq!((run.voluntary, run.involuntary), (10, 16));
    }
}
