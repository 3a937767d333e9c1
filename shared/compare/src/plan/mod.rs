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

use std::collections::BTreeSet;

use crate::model::machine::Machine;
use crate::model::options::Extent;
use crate::model::results::{Results, VERSION};
use crate::model::technique::Contestant;
use climb::Climb;
use experiments::plan;

/// Why nothing at all was asked for, and what to ask for instead; `None` if something was.
pub fn nothing(extent: &Extent, cores: u64) -> Option<String> {
    let who = |extent: &Extent| -> BTreeSet<Contestant> {
        let rows = plan(extent, cores);
        let of_rows = rows.iter().flat_map(|row| row.contestants());
        let of_rows = of_rows.map(|(who, _)| who);
        let climbers = Climb::all(extent).into_iter().map(|(who, _)| who);
        of_rows.chain(climbers).collect()
    };
    if !who(extent).is_empty() {
        return None;
    }
    let only = extent.only();
    if !who(&extent.on_machines()).is_empty() {
        return Some(format!(
            "ONLY={only} is measured on machines alone: add MACHINES=2"
        ));
    }
    let allowed = |who: BTreeSet<Contestant>| {
        let names: Vec<_> = who.into_iter().map(Contestant::name).collect();
        names.join(", ")
    };
    let here = who(&extent.with_all_techniques());
    Some(match here.is_empty() {
        false => format!(
            "TECHNIQUES leaves nothing of ONLY={only}: allowed are {}",
            allowed(here)
        ),
        true => format!(
            "TECHNIQUES leaves nothing of ONLY={only}: allowed is {}, with MACHINES=2",
            allowed(who(&extent.with_all_techniques().on_machines()))
        ),
    })
}

impl Results {
    /// All that was asked for, on `machine`, with nothing measured yet.
    pub fn planned(extent: &Extent, machine: Machine) -> Self {
        let (lines, uncounted) = lines::counted(extent, lines::of);
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
            lines,
            uncounted,
            pythons: Vec::new(),
            standing: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::options::Options;

    fn said(arguments: &[&str]) -> Option<String> {
        nothing(&Options::without_environment(arguments).extent, 2)
    }

    #[test]
    fn an_empty_plan_names_the_option_that_is_missing_or_that_excludes() {
        for (arguments, expected) in [
            (
                &["--only", "tasks"][..],
                "ONLY=tasks is measured on machines alone: add MACHINES=2",
            ),
            (
                &["--only", "start,message", "--techniques", "sequential"],
                "TECHNIQUES leaves nothing of ONLY=start,message: allowed are threading, multiprocessing, asyncio, \
                 asyncio-multi-thread",
            ),
            (
                &["--only", "tasks", "--techniques", "threading"],
                "TECHNIQUES leaves nothing of ONLY=tasks: allowed is cluster, with MACHINES=2",
            ),
        ] {
            assert_eq!(said(arguments).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_plan_with_a_row_or_a_climb_in_it_is_not_empty() {
        for arguments in [
            &[][..],
            &["--only", "tasks", "--machines", "2"],
            &["--only", "sleepers", "--techniques", "sequential"],
            &["--only", "start,cats", "--techniques", "sequential"],
        ] {
            assert_eq!(said(arguments), None);
        }
    }

    #[test]
    fn a_row_of_which_the_floor_alone_is_left_is_left_out() {
        let arguments = ["--only", "cats", "--techniques", "sequential"];
        let rows = plan(&Options::without_environment(&arguments).extent, 2);
        assert!(rows.iter().all(|row| row.contestants().next().is_some()));
    }
}
