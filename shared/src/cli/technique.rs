//! A technique, as its program hands it over.

use anyhow::Result;

use crate::probes::{Blocking, Crash, Memory, Message, Pingpong, Race, Sleepers, Switch, Ticker};
use crate::trace::Story;
use crate::{Receipt, compute, download, serve, waiter};

/// A technique: its name, and how it does each kind of work and each probe, with a choice of its own of type `O`, or `()`.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Technique<O: 'static> {
    pub name: &'static str,
    /// The name of its workers.
    pub worker: &'static str,
    pub choice: Option<Choice<O>>,
    /// Hands the story on to those workers that are not in this process.
    pub pass_on: fn(&Story) -> Result<()>,
    pub workloads: Workloads<O>,
    pub probes: Probes<O>,
}

/// How a technique does each kind of work.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Workloads<O: 'static> {
    pub waiter: Run<waiter::Job, O>,
    pub download: Run<download::Job, O>,
    pub compute: Run<compute::Job, O>,
    pub serve: Run<serve::Job, O>,
}

/// How it does each probe.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Probes<O: 'static> {
    pub sleepers: Run<Sleepers, O>,
    pub blocking: Run<Blocking, O>,
    /// `None` where the technique has no pool.
    pub offload: Option<Run<Blocking, O>>,
    pub ticker: Run<Ticker, O>,
    pub pingpong: Run<Pingpong, O>,
    pub pingpong_spinning: Run<Pingpong, O>,
    pub switch: Run<Switch, O>,
    pub message: Run<Message, O>,
    pub memory: Run<Memory, O>,
    pub crash: Run<Crash, O>,
    /// `None` where the technique has no pool.
    pub crash_pool: Option<Run<Crash, O>>,
    pub race: Run<Race, O>,
    pub race_call: Run<Race, O>,
}

/// The function that does a workload or probe, given the job and the value of the technique's choice.
pub type Run<J, O> = fn(&J, O) -> Result<Receipt>;

/// An option that a technique has beside those of all programs.
#[derive(Clone, Copy, Debug)]
pub struct Choice<O: 'static> {
    /// Its name, behind two dashes.
    pub flag: &'static str,
    /// Its line in the help.
    pub help: &'static str,
    /// What can be chosen, by name. The first is the default.
    pub values: &'static [(&'static str, O)],
}

impl<O: 'static> Technique<O> {
    /// The names of the workloads that it has no function for.
    pub(super) fn lacks(&self) -> Vec<&'static str> {
        let pools = [
            ("offload", self.probes.offload.is_some()),
            ("crash-pool", self.probes.crash_pool.is_some()),
        ];
        let lacking = pools.into_iter().filter(|(_, present)| !present);
        lacking.map(|(name, _)| name).collect()
    }
}

#[cfg(test)]
impl<O: 'static> Technique<O> {
    /// A technique that does nothing, and lacks what one may lack.
    pub(super) fn that_does_nothing(name: &'static str, choice: Option<Choice<O>>) -> Self {
        Self {
            name,
            worker: "none",
            choice,
            pass_on: |_| Ok(()),
            workloads: Workloads {
                waiter: |_, _| Ok(Receipt::default()),
                download: |_, _| Ok(Receipt::default()),
                compute: |_, _| Ok(Receipt::default()),
                serve: |_, _| Ok(Receipt::default()),
            },
            probes: Probes {
                sleepers: |_, _| Ok(Receipt::default()),
                blocking: |_, _| Ok(Receipt::default()),
                offload: None,
                ticker: |_, _| Ok(Receipt::default()),
                pingpong: |_, _| Ok(Receipt::default()),
                pingpong_spinning: |_, _| Ok(Receipt::default()),
                switch: |_, _| Ok(Receipt::default()),
                message: |_, _| Ok(Receipt::default()),
                memory: |_, _| Ok(Receipt::default()),
                crash: |_, _| Ok(Receipt::default()),
                crash_pool: None,
                race: |_, _| Ok(Receipt::default()),
                race_call: |_, _| Ok(Receipt::default()),
            },
        }
    }
}
