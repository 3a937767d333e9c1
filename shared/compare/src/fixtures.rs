//! Made-up measurements, for the tests of what is concluded from them.

use std::collections::BTreeMap;

use shared::Receipt;
use shared::receipt::Answer;

use crate::model::experiment::{self, Cell, Experiment};
use crate::model::ladder::{End, Ladder, Limit, Resource, Step};
use crate::model::machine::Machine;
use crate::model::noise::Noise;
use crate::model::options::Options;
use crate::model::own::{Card, Kind, Length, Own, Subject, TECHNIQUES, VERSION};
use crate::model::pictures::{Lane, Recorded};
use crate::model::python::{Description, Python};
use crate::model::results::Results;
use crate::model::rows::Row;
use crate::model::run::{Outcome, Peak, Run};
use crate::model::standing::Standing;
use crate::model::technique::{Contestant, Runner};

/// The whole plan for two cores, done in five rounds, every run of which took one second on one core, and a fifth of it to
/// warm up.
pub fn results() -> Results {
    results_of(&[])
}

/// The same on two machines, too.
pub fn with_machines() -> Results {
    let mut results = results_of(&["--machines", "2"]);
    results.standing = Some(Standing {
        machines: 2,
        apart: true,
        nodes: 4,
        workers: [5, 2],
    });
    results
}

/// The techniques that tests call by their names. Sentences about all techniques are tried on these alone: a further technique
/// changes none of them.
pub const NAMED: [Contestant; 5] = [
    Contestant::Sequential,
    Contestant::Threading,
    Contestant::Multiprocessing,
    Contestant::Asyncio,
    Contestant::AsyncioMultiThread,
];

/// The same for what was asked for in this way.
pub fn results_of(arguments: &[&str]) -> Results {
    let mut results = Results::planned(&Options::without_environment(arguments).extent, machine());
    results.complete = true;
    for experiment in &mut results.experiments {
        for cell in &mut experiment.cells {
            cell.warm_up = Some(ran(Run { user: 0.2, ..run() }));
            cell.rounds = vec![ran(run()); 5];
        }
    }
    results
}

/// The workloads that compute.
pub fn computing() -> Vec<Row> {
    let results = results();
    let rows = results.workloads();
    let rows = rows.filter(|row| row.kind == experiment::Kind::Computing);
    rows.map(|row| row.name).collect()
}

/// A machine of two cores.
pub fn machine() -> Machine {
    Machine {
        cpu: "a processor".to_owned(),
        cores: 2,
        quota: None,
        memory: 8 << 30,
        kernel: "Linux 6.0".to_owned(),
        compiler: "rustc 1.95.0".to_owned(),
        commit: "0123456".to_owned(),
        date: "2026-01-01T00:00:00Z".to_owned(),
    }
}

/// Others took half of the machine.
pub const BUSY: Noise = Noise {
    others: Some(0.5),
    stolen: None,
    pressure: None,
    queued: None,
};

/// A run that took one second on one core.
pub fn run() -> Run {
    Run {
        wall: 1.0,
        user: 1.0,
        system: 0.0,
        voluntary: 1,
        involuntary: 1,
        seconds: 1.0,
        receipt: Receipt::unit(Answer::AllTrue(true)),
        peak: Some(Peak {
            memory: 1 << 20,
            private: 1 << 20,
            threads: 1,
            processes: 1,
            maps: 20,
            files: 3,
        }),
        served_after: Some(0.02),
        noise: None,
        instructions: None,
        throttled: None,
        crowd: false,
        trials: Vec::new(),
    }
}

/// A run that ended well.
pub fn ran(run: Run) -> Outcome {
    Outcome::Ran(Box::new(run))
}

impl Results {
    /// Changes every timed run of a cell.
    pub fn with(mut self, name: Row, who: impl Into<Runner>, change: impl Fn(&mut Run)) -> Self {
        for outcome in &mut self.cell_mut(name, who).rounds {
            if let Outcome::Ran(run) = outcome {
                change(run);
            }
        }
        self
    }

    /// Changes a cell's warm-up.
    pub fn with_warm_up(
        mut self,
        name: Row,
        who: impl Into<Runner>,
        change: impl Fn(&mut Run),
    ) -> Self {
        if let Some(Outcome::Ran(run)) = &mut self.cell_mut(name, who).warm_up {
            change(run);
        }
        self
    }

    /// Lets every run of a cell fail.
    pub fn with_failure(mut self, name: Row, who: impl Into<Runner>, reason: &str) -> Self {
        for outcome in &mut self.cell_mut(name, who).rounds {
            *outcome = Outcome::Failed(reason.to_owned());
        }
        self
    }

    /// Changes what every timed run of these experiments handed in.
    pub fn map_receipts(mut self, of: impl Fn(Row) -> bool, change: impl Fn(&mut Receipt)) -> Self {
        let rows = self.experiments.iter_mut();
        let cells = rows
            .filter(|row| of(row.name))
            .flat_map(|row| &mut row.cells);
        for outcome in cells.flat_map(|cell| &mut cell.rounds) {
            if let Outcome::Ran(run) = outcome {
                change(&mut run.receipt);
            }
        }
        self
    }

    /// Keeps these experiments alone.
    pub fn only(mut self, names: &[Row]) -> Self {
        self.experiments.retain(|row| names.contains(&row.name));
        self
    }

    /// Keeps the measurements of these techniques alone.
    pub fn among(mut self, techniques: &[Contestant]) -> Self {
        for row in &mut self.experiments {
            row.cells.retain(|cell| cell.is_of(techniques));
        }
        self
    }

    /// Takes an experiment out.
    pub fn without(mut self, name: Row) -> Self {
        self.experiments.retain(|row| row.name != name);
        self
    }

    /// Adds a climb that ended well at these numbers of units, with a second's nap and so much memory each, of 8 GiB.
    pub fn with_ladder(mut self, who: Contestant, steps: &[u64], each: u64) -> Self {
        let step = |&units: &u64| {
            let mut run = run();
            run.peak = Some(Peak {
                memory: (1 << 20) + units * each,
                ..run.peak.unwrap_or_default()
            });
            Step {
                units,
                nap: 1.0,
                outcome: ran(run),
            }
        };
        self.ladders.push(Ladder {
            contestant: who,
            cliff: false,
            limits: vec![Limit {
                of: Resource::Memory,
                name: "memory".to_owned(),
                before: 0,
                allowed: 8 << 30,
                raise: "more memory".to_owned(),
            }],
            steps: steps.iter().map(step).collect(),
            end: End::OutOfTime,
        });
        self
    }

    /// The experiment of this name, to look at it closely.
    pub fn row(&self, name: Row) -> &Experiment {
        self.experiment(name).unwrap()
    }

    fn cell_mut(&mut self, name: Row, who: impl Into<Runner>) -> &mut Cell {
        let who = who.into();
        let mut rows = self.experiments.iter_mut();
        let row = rows.find(|row| row.name == name).unwrap();
        let mut cells = row.cells.iter_mut();
        cells.find(|cell| cell.runner == who).unwrap()
    }
}

/// An interpreter that did all that Rust did, in the same time.
pub fn python(rust: &Results) -> Python {
    let concluded = |row: &Experiment| {
        let mut row = row.clone();
        row.cells.retain(|cell| cell.is_of(&Contestant::VERDICTS));
        row
    };
    Python {
        program: "python3".to_owned(),
        description: Ok(Description {
            version: "3.99.0".to_owned(),
            implementation: "CPython".to_owned(),
            free_threading: false,
            interpreters: false,
            missing: Vec::new(),
        }),
        experiments: rust.experiments.iter().map(concluded).collect(),
        ladders: rust.ladders.clone(),
        lines: rust.lines.clone(),
        uncounted: rust.uncounted.clone(),
    }
}

/// A recording of threads that compute, each with its name, seconds on a core and seconds ready without one, of which so many were
/// on cores at once.
pub fn recorded(lanes: &[(&str, f64, f64)], at_once: f64) -> Recorded {
    let lane = |&(name, on_core, no_core): &(&str, f64, f64)| Lane {
        name: name.to_owned(),
        on_core,
        no_core,
        waiting: 0.0,
    };
    Recorded {
        workload: "hashes".to_owned(),
        who: Contestant::Threading,
        computes: true,
        notes: 1000,
        cost: 0.01,
        cpu: 1.0,
        table_cpu: None,
        cpu_in_units: 1.0,
        length: 1.0,
        lanes_at_once: at_once,
        lanes: lanes.iter().map(lane).collect(),
        takings: Vec::new(),
        disturbed: None,
    }
}

/// A reader's own work: forty items of ten milliseconds that compute, five rounds in which each technique took so many seconds.
pub fn own(seconds: [f64; 4], change: impl Fn(&mut Own)) -> Own {
    let cell = |(who, seconds): (Contestant, f64)| Cell {
        runner: who.into(),
        arguments: Vec::new(),
        warm_up_arguments: None,
        warm_up: None,
        rounds: (0..5)
            .map(|round| {
                ran(Run {
                    wall: seconds * (1.0 + f64::from(round) / 1000.0),
                    ..run()
                })
            })
            .collect(),
    };
    let mut row = results().row(Row::Hashes).clone();
    row.work = None;
    row.cells = TECHNIQUES.into_iter().zip(seconds).map(cell).collect();
    let mut own = Own {
        version: VERSION,
        subject: Subject {
            kind: Kind::Rust,
            name: "mine.rs".to_owned(),
            awaits: false,
            global_lock: false,
        },
        machine: machine(),
        once: false,
        listed: 40,
        total: 40,
        times_done: 20.0,
        card: Some(Card {
            items: 40,
            seconds: [0.01; 3],
            cpu: 0.01,
            cpu_of_children: 0.0,
            queued: 0.0,
            memory: None,
            bytes: Some([8.0, 8.0]),
            same: Some(true),
            failures: BTreeMap::new(),
        }),
        fatal: None,
        prices: BTreeMap::new(),
        predictions: Vec::new(),
        sweeps: Vec::new(),
        row,
        workers: BTreeMap::from([
            (Contestant::Sequential, 1),
            (Contestant::Threading, 2),
            (Contestant::Multiprocessing, 2),
            (Contestant::Asyncio, 2),
        ]),
        measured: 40,
        lengths: Vec::new(),
        unequal: None,
        left_out: BTreeMap::new(),
        lost: BTreeMap::new(),
        program: None,
    };
    change(&mut own);
    own
}

/// A list of so many items, and the seconds that it takes one after another and in another technique.
pub fn length(items: usize, sequential: f64, technique: f64) -> Length {
    Length {
        items,
        sequential,
        technique,
    }
}
