//! How an experiment is written down: its properties first, then who takes part, then how they warm up.

use crate::model::experiment::{Cell, Conditions, Experiment, Floor, Kind, Work};
use crate::model::rows::Row;
use crate::model::technique::Contestant;
use crate::model::technique::Runner::{self, BareLoop};

impl Experiment {
    pub(crate) fn new(name: Row, kind: Kind) -> Self {
        Self {
            name,
            interpreter: None,
            kind,
            label: String::new(),
            floor: Floor::Unknown,
            per_unit: 1.0,
            work: None,
            once: false,
            faults: None,
            load: None,
            conditions: Conditions {
                one_core: false,
                served: false,
                may_die: false,
                crowd: false,
                expected: 1.0,
            },
            cells: Vec::new(),
        }
    }

    pub(crate) fn probe(name: Row) -> Self {
        Self::new(name, Kind::Probe)
    }

    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(super) fn floor(mut self, floor: Floor) -> Self {
        self.floor = floor;
        self
    }

    pub(super) fn items(mut self, per_unit: f64) -> Self {
        self.per_unit = per_unit;
        self
    }

    pub(super) fn work(mut self, work: Work) -> Self {
        self.work = Some(work);
        self
    }

    pub(crate) fn expected(mut self, seconds: f64) -> Self {
        self.conditions.expected = seconds;
        self
    }

    pub(crate) fn served(mut self) -> Self {
        self.conditions.served = true;
        self
    }

    pub(super) fn one_core(mut self) -> Self {
        self.conditions.one_core = true;
        self
    }

    pub(super) fn may_die(mut self) -> Self {
        self.conditions.may_die = true;
        self
    }

    pub(crate) fn crowd(mut self) -> Self {
        self.conditions.crowd = true;
        self
    }

    pub(super) fn once(mut self) -> Self {
        self.once = true;
        self
    }

    pub(super) fn by_all(mut self, arguments: &str) -> Self {
        for technique in Contestant::TECHNIQUES {
            self = self.by(technique, arguments);
        }
        self
    }

    pub(crate) fn by(mut self, runner: impl Into<Runner>, arguments: &str) -> Self {
        self.cells.push(Cell {
            runner: runner.into(),
            arguments: words(arguments),
            warm_up_arguments: None,
            warm_up: None,
            rounds: Vec::new(),
        });
        self
    }

    /// One contestant alone warms up, by the same as is timed.
    pub(super) fn warmed_up_alone(mut self, contestant: Contestant) -> Self {
        for cell in &mut self.cells {
            if cell.runner == contestant {
                cell.warm_up_arguments = Some(cell.arguments.clone());
            }
        }
        self
    }

    pub(crate) fn warmed_up(mut self, arguments: &str) -> Self {
        for cell in &mut self.cells {
            if cell.runner != BareLoop {
                cell.warm_up_arguments = Some(words(arguments));
            }
        }
        self
    }

    /// The same at a size that Python ends in a second, in units of so many items.
    pub(super) fn resize(&mut self, per_unit: f64, arguments: impl Fn(Contestant) -> String) {
        self.per_unit = per_unit;
        // Python's compiler removes nothing, so that the warm-up need not be smaller; Rust's would take Python longer than all
        // timed rounds together.
        self.work = None;
        for cell in &mut self.cells {
            let Some(contestant) = cell.runner.contestant() else {
                continue;
            };
            cell.arguments = words(&arguments(contestant));
            if let Some(warm_up) = &mut cell.warm_up_arguments {
                warm_up.clone_from(&cell.arguments);
            }
        }
    }
}

/// Arguments as a program takes them.
pub fn words(arguments: &str) -> Vec<String> {
    arguments.split_whitespace().map(str::to_owned).collect()
}
