//! Pictures of recorded runs, and what those runs say beside them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::model::quantity::{percent, seconds};
use crate::model::technique::Contestant::{self, *};

/// What the recorded runs say beside their pictures.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Pictures {
    /// For each workload and technique what was recorded.
    pub recorded: Vec<Recorded>,
    /// For each technique its times for hashes, by number of workers.
    pub widths: BTreeMap<Contestant, BTreeMap<u64, Vec<f64>>>,
    /// The pictures themselves, read from their files.
    #[serde(skip)]
    pub drawn: BTreeMap<(String, Contestant), String>,
}

/// What was recorded of one run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Recorded {
    /// The picture's name: a workload, or one of those below.
    pub workload: String,
    /// The technique that was recorded.
    pub who: Contestant,
    /// Whether all its work is in units. Clients work outside of them too.
    pub computes: bool,
    /// Notes that the recorder took.
    pub notes: u64,
    /// Seconds of CPU time that recording took.
    pub cost: f64,
    /// Seconds of CPU time of the whole run, until its picture was drawn.
    pub cpu: f64,
    /// Seconds of CPU time that the table has for it, as counted from outside.
    pub table_cpu: Option<f64>,
    /// Seconds of CPU time in units of work, as counted from inside.
    pub cpu_in_units: f64,
    /// Seconds that the picture spans.
    pub length: f64,
    /// The most lanes that were on cores at once.
    pub lanes_at_once: f64,
    /// Its lanes.
    #[serde(default)]
    pub lanes: Vec<Lane>,
    /// Which lane took the only core from which, and how often.
    #[serde(default)]
    pub takings: Vec<(String, String, u64)>,
    /// How others disturbed it, if they did each time that it was drawn.
    #[serde(default)]
    pub disturbed: Option<String>,
}

/// What a lane of a picture did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lane {
    /// Its name.
    pub name: String,
    /// Seconds on a core.
    pub on_core: f64,
    /// Seconds ready to run, without a core.
    pub no_core: f64,
    /// Seconds of waiting for something else.
    pub waiting: f64,
}

/// Where each thread has a core of its own, one that is ready without one for a larger share of its time than this was
/// displaced by others.
pub const DISPLACED: f64 = 0.2;

impl Recorded {
    /// In what the picture of a computation contradicts the table, if it does.
    ///
    /// The two are different runs, and the table's has the program's start in it: they need only be near each other.
    pub fn contradiction(&self) -> Option<String> {
        let Self {
            workload,
            who,
            cpu_in_units,
            lanes_at_once,
            ..
        } = self;
        let average = cpu_in_units / self.length;
        match self.table_cpu {
            _ if !self.computes => None,
            Some(table) if !(table / 2.0..table * 1.5).contains(cpu_in_units) => Some(format!(
                "{who} {workload}: {} of CPU time in the picture, {} in the table",
                seconds(*cpu_in_units),
                seconds(table)
            )),
            _ if lanes_at_once + 0.5 < average => Some(format!(
                "{who} {workload}: at most {lanes_at_once} at once in the picture, but {average:.2} cores used"
            )),
            _ => None,
        }
    }

    /// The share of the time that all lanes could use in which they had no core.
    pub fn displaced(&self) -> f64 {
        let sum = |of: fn(&Lane) -> f64| self.lanes.iter().map(of).sum::<f64>();
        let (on, off) = (sum(|lane| lane.on_core), sum(|lane| lane.no_core));
        if on + off > 0.0 {
            off / (on + off)
        } else {
            0.0
        }
    }

    /// How its picture shows others at work where it should show the technique alone, if it does: a computation of which not
    /// every thread had the core that the machine has for it.
    pub fn displacement(&self, cores: u64) -> Option<String> {
        let parallel = !matches!(self.who, Sequential | Asyncio | Cluster);
        let lanes = self.lanes.len() as u64;
        let share = self.displaced();
        match lanes {
            _ if !self.computes || !parallel => None,
            lanes if (self.lanes_at_once as u64) < lanes.min(cores) => Some(format!(
                "at most {} of {} cores worked for it at once",
                self.lanes_at_once, cores
            )),
            lanes if lanes <= cores && share > DISPLACED => Some(format!(
                "its workers were ready without a core for {} of their time, although each could have one",
                percent(share)
            )),
            _ => None,
        }
    }
}

/// CPU-bound work on one thread, whatever the machine has.
pub const ONE_THREAD: &str = "one-thread";
/// CPU-bound work on twice as many threads as there are cores.
pub const MORE_THREADS_THAN_CORES: &str = "more-threads-than-cores";
/// A ticker beside a computation, on one core.
pub const TICKER: &str = "ticker";

/// What the recorded runs say, in the folder of a run.
pub const FILE: &str = "pictures.json";

/// The pictures themselves, below the folder of a run.
pub const TIMELINES: &str = "timelines";

impl Pictures {
    /// Reads what the run of this folder drew; nothing, if it drew nothing.
    ///
    /// # Errors
    ///
    /// If that was another version of this program.
    pub fn load(run: &Path) -> anyhow::Result<Self> {
        let path = run.join(FILE);
        if !path.exists() {
            return Ok(Self::default());
        }
        let mut pictures: Self = serde_json::from_slice(&fs::read(&path)?).with_context(|| {
            format!(
                "{} is of another version: run `make compare` anew",
                path.display()
            )
        })?;
        for Recorded { workload, who, .. } in &pictures.recorded {
            let path = run.join(TIMELINES).join(format!("{workload}-{who}.svg"));
            if let Ok(text) = fs::read_to_string(path) {
                pictures.drawn.insert((workload.clone(), *who), text);
            }
        }
        Ok(pictures)
    }

    /// Adds a picture.
    #[cfg(test)]
    pub fn add(&mut self, workload: &str, who: Contestant, picture: String) {
        self.drawn.insert((workload.to_owned(), who), picture);
    }

    /// Adds a run with so many workers.
    pub fn add_width(&mut self, who: Contestant, workers: u64, seconds: f64) {
        let times = self.widths.entry(who).or_default();
        times.entry(workers).or_default().push(seconds);
    }

    /// What was recorded of this run.
    pub fn recorded(&self, workload: &str, who: Contestant) -> Option<&Recorded> {
        let mut recorded = self.recorded.iter();
        recorded.find(|it| it.workload == workload && it.who == who)
    }

    /// The looks of all timelines: they are the same, so a page needs them once.
    pub fn style(&self) -> &str {
        let picture = self.drawn.values().next();
        picture
            .and_then(|picture| style(picture))
            .map_or("", |(_, style, _)| style)
    }

    /// A timeline, to stand in a page that has the looks.
    pub fn timeline(&self, workload: &str, who: Contestant) -> Option<String> {
        let picture = self.drawn.get(&(workload.to_owned(), who))?;
        let (before, _, after) = style(picture)?;
        Some(format!("{before}{after}"))
    }
}

/// A picture cut at its style sheet: before it, the sheet, after it.
fn style(picture: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = picture.split_once("<style>")?;
    let (style, after) = rest.split_once("</style>")?;
    Some((before, style, after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::recorded;

    #[test]
    fn the_picture_of_a_computation_contradicts_a_table_with_half_of_its_cpu_time_or_half_as_much_again()
     {
        let contradiction = |cpu_in_units, table| {
            let run = Recorded {
                cpu_in_units,
                table_cpu: Some(table),
                length: 10.0,
                ..recorded(&[], 1.0)
            };
            run.contradiction()
        };
        assert_eq!(contradiction(1.01, 2.0), None);
        assert_eq!(contradiction(2.99, 2.0), None);
        for cpu in [0.99, 3.01] {
            let said = contradiction(cpu, 2.0).unwrap();
            assert!(said.contains("2.00 s in the table"), "{said}");
        }
    }

    #[test]
    fn fewer_lanes_at_once_than_cores_in_use_contradict_and_those_of_a_client_do_not() {
        let run = |cpu_in_units, computes| Recorded {
            cpu_in_units,
            computes,
            ..recorded(&[], 1.0)
        };
        assert_eq!(run(1.49, true).contradiction(), None);
        let said = run(1.51, true).contradiction().unwrap();
        assert!(said.contains("at most 1 at once"), "{said}");
        assert_eq!(run(1.51, false).contradiction(), None);
    }

    #[test]
    fn displaced_is_the_share_of_the_time_that_lanes_could_use() {
        let displaced = |on_core, no_core| recorded(&[("one", on_core, no_core)], 1.0).displaced();
        assert_eq!(displaced(1.0, 1.0), 0.5);
        assert_eq!(displaced(0.0, 1.0), 1.0);
        assert_eq!(displaced(0.0, 0.0), 0.0);
    }

    #[test]
    fn a_computation_alone_that_is_to_have_several_cores_can_be_displaced() {
        let displacement = |who, computes| {
            let run = Recorded {
                who,
                computes,
                ..recorded(&[("one", 0.5, 0.5), ("other", 0.5, 0.5)], 1.0)
            };
            run.displacement(2).is_some()
        };
        assert!(displacement(Threading, true) && displacement(Multiprocessing, true));
        assert!(!displacement(Threading, false) && !displacement(Asyncio, true));
    }

    #[test]
    fn a_recording_is_found_by_its_workload_and_technique() {
        let mut pictures = Pictures::default();
        for (workload, who) in [
            ("hashes", Threading),
            ("hashes", Asyncio),
            ("cats", Threading),
        ] {
            pictures.recorded.push(Recorded {
                workload: workload.to_owned(),
                who,
                ..recorded(&[], 1.0)
            });
        }
        let found = pictures.recorded("hashes", Asyncio).unwrap();
        assert_eq!((found.workload.as_str(), found.who), ("hashes", Asyncio));
        assert!(pictures.recorded("cats", Asyncio).is_none());
    }
}
