//! Made-up measurements, for the tests of what is concluded from them.

use clap::Parser;
use shared::Receipt;
use shared::receipt::Answer;

use crate::contestant::Contestant;
use crate::options::Options;
use crate::results::{End, Experiment, Ladder, Outcome, Peak, Results, Run, Step};

/// The whole plan for two cores, done in five rounds, every run of which took one second on one core.
pub fn results() -> Results {
    let mut results = Results::planned(&Options::parse_from(["compare"]).extent);
    results.machine.cores = 2;
    results.complete = true;
    for experiment in &mut results.experiments {
        for cell in &mut experiment.cells {
            cell.warm_up = Some(ran(run()));
            cell.rounds = vec![ran(run()); 5];
        }
    }
    results
}

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
        }),
        served_after: Some(0.02),
    }
}

/// A run that ended well.
pub fn ran(run: Run) -> Outcome {
    Outcome::Ran(Box::new(run))
}

impl Results {
    /// Changes every run of a cell.
    pub fn with(mut self, name: &str, who: Contestant, change: impl Fn(&mut Run)) -> Self {
        for outcome in self.outcomes(name, who) {
            if let Outcome::Ran(run) = outcome {
                change(run);
            }
        }
        self
    }

    /// Lets every run of a cell fail.
    pub fn with_failure(mut self, name: &str, who: Contestant, reason: &str) -> Self {
        for outcome in self.outcomes(name, who) {
            *outcome = Outcome::Failed(reason.to_owned());
        }
        self
    }

    /// Takes an experiment out.
    pub fn without(mut self, name: &str) -> Self {
        self.experiments.retain(|row| row.name != name);
        self
    }

    /// Adds a climb that ended well at these numbers of units, with a second's nap and so much memory each.
    pub fn with_ladder(mut self, who: Contestant, steps: &[u64], each: u64) -> Self {
        let step = |&units: &u64| {
            let mut run = run();
            run.peak = Some(Peak {
                memory: (1 << 20) + units * each,
                ..run.peak.unwrap_or_default()
            });
            Step {
                units,
                outcome: ran(run),
            }
        };
        self.ladders.push(Ladder {
            contestant: who,
            nap: 1.0,
            steps: steps.iter().map(step).collect(),
            end: End::TooSlow,
        });
        self
    }

    /// The experiment of this name, to look at it closely.
    pub fn row(&self, name: &str) -> &Experiment {
        self.experiment(name).unwrap()
    }

    fn outcomes(&mut self, name: &str, who: Contestant) -> impl Iterator<Item = &mut Outcome> {
        let mut rows = self.experiments.iter_mut();
        let row = rows.find(|row| row.name == name).unwrap();
        let mut cells = row.cells.iter_mut();
        let cell = cells.find(|cell| cell.contestant == who).unwrap();
        cell.warm_up.iter_mut().chain(&mut cell.rounds)
    }
}
