//! Pictures of recorded runs, and what those runs say beside them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::model::technique::Contestant;

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
    /// Who was recorded.
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
}

/// CPU-bound work on one thread, whatever the machine has.
pub const ONE_THREAD: &str = "one-thread";
/// CPU-bound work on twice as many threads as there are cores.
pub const MORE_THREADS_THAN_CORES: &str = "more-threads-than-cores";
/// A ticker beside a hog, on one core.
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
