//! The one structure: what was planned, and what has been measured of it.
//!
//! A plan is a structure in which nothing has been measured yet, an interrupted run one in which something is missing.
//! Tables, exports and conclusions are renderings of it; nothing is measured while rendering.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::experiment::{Cell, Experiment, Kind, NotMeasured};
use crate::model::ladder::Ladder;
use crate::model::machine::Machine;
use crate::model::options::Size;
use crate::model::python::Python;
use crate::model::rows::{Row, Sweep};
use crate::model::run::Run;
use crate::model::standing::Standing;
use crate::model::stats::Samples;
use crate::model::technique::{Contestant, Runner};

/// Version of the structure: files of another one are refused, not misread.
pub const VERSION: u32 = 5;

/// Everything that one run of `compare` found out.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Results {
    /// [`VERSION`] of the program that wrote it.
    #[schemars(extend("const" = VERSION))]
    pub version: u32,
    /// Whether the run came to its end, or was interrupted.
    pub complete: bool,
    /// Whether it was asked to leave out workloads, probes or techniques.
    #[serde(default)]
    pub partial: bool,
    /// How much was asked for.
    pub size: Size,
    /// Timed rounds of a row at most; one whose runs agree sooner has fewer.
    pub rounds: usize,
    /// Runs that were repeated because others disturbed them.
    pub repeated: u64,
    /// Where and when.
    pub machine: Machine,
    /// What was done, in the order of the report.
    pub experiments: Vec<Experiment>,
    /// How many units each technique can keep alive.
    pub ladders: Vec<Ladder>,
    /// Lines of code of each technique's three workload files.
    pub lines: BTreeMap<Contestant, u64>,
    /// Why those of a technique were not counted.
    #[serde(default)]
    pub uncounted: BTreeMap<Contestant, String>,
    /// The same story in Python, if any interpreter was named.
    #[serde(default)]
    pub pythons: Vec<Python>,
    /// The machines of the cluster, if it took part.
    #[serde(default)]
    pub standing: Option<Standing>,
}

impl Results {
    /// Whether no timed run has come to an end, and no climb.
    pub fn is_empty(&self) -> bool {
        let pythons = || self.pythons.iter();
        let ladders = pythons().flat_map(|python| &python.ladders);
        let rows = pythons().flat_map(|python| &python.experiments);
        self.ladders.iter().chain(ladders).next().is_none()
            && (self.experiments.iter().chain(rows))
                .flat_map(|row| &row.cells)
                .all(|cell| cell.rounds.is_empty())
    }

    /// Rust's rows and those of the interpreters, each of these behind the last of its name, so that they are measured in
    /// turn.
    pub fn rows_in_turn(&mut self) -> Vec<&mut Experiment> {
        let mut rows: Vec<_> = self.experiments.iter_mut().collect();
        let pythons = self.pythons.iter_mut();
        for row in pythons.flat_map(|python| &mut python.experiments) {
            let place = rows.iter().rposition(|other| other.name == row.name);
            rows.insert(place.map_or(rows.len(), |place| place + 1), row);
        }
        rows
    }

    /// Whether `contestant` takes part in anything.
    pub fn has(&self, contestant: Contestant) -> bool {
        let mut rows = self.experiments.iter();
        rows.any(|row| row.cell(contestant).is_some())
    }

    /// Which of these are columns of a table: those of one machine always, the cluster where it takes part.
    pub fn columns(&self, of: &[Contestant]) -> Vec<Contestant> {
        let shown = |who: &Contestant| *who != Contestant::Cluster || self.has(*who);
        of.iter().copied().filter(shown).collect()
    }

    /// The workload rows.
    pub fn workloads(&self) -> impl Iterator<Item = &Experiment> {
        self.experiments
            .iter()
            .filter(|experiment| matches!(experiment.kind, Kind::Waiting | Kind::Computing))
    }

    /// The experiment of this name.
    pub fn experiment(&self, name: Row) -> Result<&Experiment, NotMeasured> {
        self.experiments
            .iter()
            .find(|experiment| experiment.name == name)
            .ok_or_else(|| NotMeasured::LeftOut(name.to_string()))
    }

    /// The experiments of a sweep, each with where it stands, lowest first: `when-unit-1000` stands at 1000 in `when-unit`.
    pub fn sweep(&self, sweep: Sweep) -> Vec<(f64, &Experiment)> {
        let points = self.experiments.iter();
        let points = points.filter_map(|row| Some((row.name.place_in(sweep)?, row)));
        let mut points: Vec<_> = points.collect();
        points.sort_by_key(|(place, _)| *place);
        let points = points.into_iter();
        points.map(|(place, row)| (place as f64, row)).collect()
    }

    /// `contestant`'s climb.
    pub fn ladder(&self, contestant: Contestant) -> Result<&Ladder, NotMeasured> {
        let mut ladders = self.ladders.iter();
        let ladder = ladders.find(|ladder| ladder.contestant == contestant);
        ladder.ok_or_else(|| NotMeasured::LeftOut("the ladder".to_owned()))
    }

    /// The part of a contestant, or of the bare loop, in the experiment of this name.
    pub fn cell(&self, name: Row, runner: impl Into<Runner>) -> Result<&Cell, NotMeasured> {
        let runner = runner.into();
        self.experiment(name)?
            .cell(runner)
            .ok_or_else(|| NotMeasured::LeftOut(runner.to_string()))
    }

    /// The median of what `reading` reads off every timed run of a cell.
    pub fn median(
        &self,
        name: Row,
        runner: impl Into<Runner>,
        reading: impl Fn(&Run) -> Option<f64>,
    ) -> Result<f64, NotMeasured> {
        Ok(self.samples(name, runner, reading)?.median())
    }

    /// What `reading` reads off every timed run of a cell.
    pub fn samples(
        &self,
        name: Row,
        runner: impl Into<Runner>,
        reading: impl Fn(&Run) -> Option<f64>,
    ) -> Result<Samples, NotMeasured> {
        self.cell(name, runner)?.samples(reading)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn results_are_empty_until_a_run_or_a_climb_has_ended_in_one_of_the_languages() {
        let mut results = fixtures::results();
        assert!(!results.is_empty());
        for row in &mut results.experiments {
            row.cells.iter_mut().for_each(|cell| cell.rounds.clear());
        }
        assert!(results.is_empty());
        let climbed = results.clone().with_ladder(Contestant::Asyncio, &[1], 1000);
        assert!(!climbed.is_empty());
        results.pythons = vec![fixtures::python(&fixtures::results())];
        assert!(!results.is_empty());
    }

    #[test]
    fn the_cluster_has_a_column_where_it_takes_part_and_the_others_always() {
        let columns = |results: &Results| results.columns(&Contestant::VERDICTS);
        assert_eq!(columns(&fixtures::with_machines()), Contestant::VERDICTS);
        assert_eq!(columns(&fixtures::results()), Contestant::CONCLUDED);
    }
}
