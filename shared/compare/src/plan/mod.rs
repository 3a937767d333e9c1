//! The first stage: what is measured, at which sizes. It imports `model` alone.

pub mod climb;
pub mod description;
pub mod experiments;
pub mod lines;
pub mod own;
pub mod python;
pub mod rounds;
pub mod serve;
pub mod sweeps;
pub mod workloads;

use crate::model::machine::Machine;
use crate::model::options::Extent;
use crate::model::results::{Results, VERSION};
use crate::model::technique::Contestant;
use experiments::plan;

impl Results {
    /// All that was asked for, on `machine`, with nothing measured yet.
    pub fn planned(extent: &Extent, machine: Machine) -> Self {
        let lines = Contestant::VERDICTS.map(|who| {
            Some((
                who,
                lines::of(who)
                    .ok()
                    .filter(|_| who != Contestant::Cluster || extent.invites(who))?,
            ))
        });
        Self {
            version: VERSION,
            complete: false,
            partial: extent.partial(),
            size: extent.size(),
            rounds: extent.rounds().unwrap_or(rounds::MOST),
            repeated: 0,
            experiments: plan(extent, machine.cores),
            machine,
            ladders: Vec::new(),
            lines: lines.into_iter().flatten().collect(),
            pythons: Vec::new(),
            standing: None,
        }
    }
}
