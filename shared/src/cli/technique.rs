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

/// How a technique does each kind of work; `None` is what makes no sense for it, which its program refuses and does not show.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Workloads<O: 'static> {
    pub waiter: Run<waiter::Job, O>,
    pub download: Run<download::Job, O>,
    pub compute: Run<compute::Job, O>,
    pub serve: Option<Run<serve::Job, O>>,
}

/// How it does each probe; `None` as in [`Workloads`].
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Probes<O: 'static> {
    pub sleepers: Run<Sleepers, O>,
    pub blocking: Run<Blocking, O>,
    pub offload: Option<Run<Blocking, O>>,
    pub ticker: Run<Ticker, O>,
    pub pingpong: Run<Pingpong, O>,
    pub pingpong_spinning: Option<Run<Pingpong, O>>,
    pub switch: Option<Run<Switch, O>>,
    pub message: Option<Run<Message, O>>,
    pub memory: Option<Run<Memory, O>>,
    pub crash: Run<Crash, O>,
    pub crash_pool: Option<Run<Crash, O>>,
    pub race: Option<Run<Race, O>>,
    pub race_call: Option<Run<Race, O>>,
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
        let Technique {
            workloads, probes, ..
        } = self;
        let optional = [
            ("serve", workloads.serve.is_some()),
            ("offload", probes.offload.is_some()),
            ("pingpong-spinning", probes.pingpong_spinning.is_some()),
            ("switch", probes.switch.is_some()),
            ("message", probes.message.is_some()),
            ("memory", probes.memory.is_some()),
            ("crash-pool", probes.crash_pool.is_some()),
            ("race", probes.race.is_some()),
            ("race-call", probes.race_call.is_some()),
        ];
        let lacking = optional.into_iter().filter(|(_, present)| !present);
        lacking.map(|(name, _)| name).collect()
    }
}

#[cfg(test)]
impl<O: 'static> Technique<O> {
    /// A technique that does nothing, and has no pool.
    pub(super) fn doing_nothing(name: &'static str, choice: Option<Choice<O>>) -> Self {
        Self {
            name,
            worker: "none",
            choice,
            pass_on: |_| Ok(()),
            workloads: Workloads {
                waiter: |_, _| Ok(Receipt::default()),
                download: |_, _| Ok(Receipt::default()),
                compute: |_, _| Ok(Receipt::default()),
                serve: Some(|_, _| Ok(Receipt::default())),
            },
            probes: Probes {
                sleepers: |_, _| Ok(Receipt::default()),
                blocking: |_, _| Ok(Receipt::default()),
                offload: None,
                ticker: |_, _| Ok(Receipt::default()),
                pingpong: |_, _| Ok(Receipt::default()),
                pingpong_spinning: Some(|_, _| Ok(Receipt::default())),
                switch: Some(|_, _| Ok(Receipt::default())),
                message: Some(|_, _| Ok(Receipt::default())),
                memory: Some(|_, _| Ok(Receipt::default())),
                crash: |_, _| Ok(Receipt::default()),
                crash_pool: None,
                race: Some(|_, _| Ok(Receipt::default())),
                race_call: Some(|_, _| Ok(Receipt::default())),
            },
        }
    }
}
