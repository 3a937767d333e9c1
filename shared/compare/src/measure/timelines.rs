//! Pictures of the runs that fill the table: each of them once more, recorded.
//!
//! A recorded run is never timed for the table. Where the table repeats a job, or makes the story's delays long, to be sure
//! of its numbers, the picture shows the job once, and the delays shorter. Some pictures are of no row: those that the
//! documents have of one thread and of many, and of a thread's life.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::judge::guidance::sweep;
use crate::judge::stats::Estimate;
use crate::measure::bench::{Bench, Trial};
use crate::measure::child::Interrupted;
use crate::measure::progress::Progress;
use crate::model::quantity::{count, seconds};
use crate::model::results::{self, Cell, Experiment, Kind, Outcome, Results};
use crate::model::technique::Contestant::{self, *};
use crate::render;

/// A recorded run that takes longer than this is hung.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(120);

/// What the recorded runs say beside their pictures.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Pictures {
    /// For each workload and technique what was recorded.
    recorded: Vec<Recorded>,
    /// For each technique its times for hashes, by number of workers.
    widths: BTreeMap<Contestant, BTreeMap<u64, Vec<f64>>>,
    /// The pictures themselves, read from their files.
    #[serde(skip)]
    drawn: BTreeMap<(String, Contestant), String>,
}

/// What was recorded of one run.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Recorded {
    workload: String,
    who: Contestant,
    /// Whether all its work is in units. Clients work outside of them too.
    computes: bool,
    notes: u64,
    /// Seconds of CPU time that recording took.
    cost: f64,
    /// Seconds of CPU time of the whole run, until its picture was drawn.
    cpu: f64,
    /// Seconds of CPU time that the table has for it, as counted from outside.
    table_cpu: Option<f64>,
    /// Seconds of CPU time in units of work, as counted from inside.
    cpu_in_units: f64,
    /// Seconds that the picture spans.
    length: f64,
    /// The most lanes that were on cores at once.
    lanes_at_once: f64,
}

/// Draws a timeline for every workload and technique of these results, and measures what only pictures show.
///
/// # Errors
///
/// If the user interrupts it.
pub fn draw(results: &Results, bench: &Bench, progress: &Progress) -> Result<(), Interrupted> {
    let mut pictures = Pictures::default();
    // Where no file can be made, the programs say so, and the page goes without pictures.
    let folder = folder().unwrap_or_default();
    let _ = fs::create_dir_all(&folder);
    let scale = results.size.pick(0.01, 0.01, 1.0);
    for row in results.workloads() {
        for cell in row.cells.iter().filter(|cell| cell.contestant != BareLoop) {
            let who = cell.contestant;
            progress.on("timelines", &format!("{} {who}", row.name));
            let recorded = record(bench, &folder, row, cell, &row.name, &[], scale)?;
            pictures.recorded.extend(recorded);
        }
    }
    for Scene {
        name,
        of,
        who,
        workers,
    } in scenes(results.machine.cores)
    {
        let Ok(row) = results.experiment(of) else {
            continue;
        };
        let Some(cell) = row.cell(who) else { continue };
        progress.on("timelines", &format!("{name} {who}"));
        let more: Vec<_> = workers
            .into_iter()
            .flat_map(|workers| ["--workers".to_owned(), workers.to_string()])
            .collect();
        let recorded = record(bench, &folder, row, cell, name, &more, scale)?;
        pictures.recorded.extend(recorded);
    }
    // The sweep of workers was measured in rounds, as everything that is compared.
    for (workers, row) in sweep(results, "when-computing") {
        for cell in &row.cells {
            for run in cell.runs() {
                pictures.add_width(cell.contestant, workers as u64, run.seconds);
            }
        }
    }
    let text = serde_json::to_string_pretty(&pictures).unwrap_or_default();
    if let Err(error) = folder
        .parent()
        .context("no folder")
        .and_then(|folder| results::write(&folder.join(FILE), &text))
    {
        anstream::eprintln!("the page goes without pictures: {error:#}");
    }
    Ok(())
}

/// Removes what an earlier run has drawn: it would be taken for this one's.
///
/// # Errors
///
/// If something is there that cannot be removed.
pub fn forget() -> anyhow::Result<()> {
    let folder = folder()?;
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let path = render::folder()?.join(FILE);
    if path.exists() {
        fs::remove_file(path)?;
    }
    Ok(())
}

/// A run that is drawn although no row of the table has it.
struct Scene {
    /// What its picture is called.
    name: &'static str,
    /// The row whose job it is.
    of: &'static str,
    who: Contestant,
    /// How many workers, unless as many as in the row.
    workers: Option<u64>,
}

/// The runs that only pictures have.
fn scenes(cores: u64) -> Vec<Scene> {
    let threads = |name, workers| Scene {
        name,
        of: "hashes",
        who: Threading,
        workers: Some(workers),
    };
    let mut scenes = vec![
        threads(ONE_THREAD, 1),
        threads(MORE_THREADS_THAN_CORES, 2 * cores),
    ];
    scenes.extend(Contestant::CONCLUDED.map(|who| Scene {
        name: TICKER,
        of: TICKER,
        who,
        workers: None,
    }));
    scenes
}

/// CPU-bound work on one thread, whatever the machine has.
pub const ONE_THREAD: &str = "one-thread";
/// CPU-bound work on twice as many threads as there are cores.
pub const MORE_THREADS_THAN_CORES: &str = "more-threads-than-cores";
/// A ticker beside a hog, on one core.
pub const TICKER: &str = "ticker";

/// Runs a cell's job once more, recorded, and keeps its picture and its trace by this name.
fn record(
    bench: &Bench,
    folder: &Path,
    row: &Experiment,
    cell: &Cell,
    name: &str,
    more: &[String],
    longest_scale: f64,
) -> Result<Option<Recorded>, Interrupted> {
    let who = cell.contestant;
    let file = folder.join(format!("{name}-{who}"));
    let (svg, trace) = (file.with_extension("svg"), file.with_extension("json"));
    let mut arguments = shorter(&once(&cell.arguments), longest_scale);
    arguments.extend_from_slice(more);
    for file in [&svg, &trace] {
        arguments.extend(["--trace".to_owned(), file.display().to_string()]);
    }
    let Outcome::Ran(_) = one(bench, row, who, &arguments)? else {
        return Ok(None);
    };
    let trace = fs::read(&trace).ok();
    let trace = trace.and_then(|text| serde_json::from_slice(&text).ok());
    let table_cpu = cell.estimate(|run| Some(run.cpu())).ok();
    let computes = row.kind == Kind::Computing;
    let table_cpu = table_cpu.filter(|_| computes);
    let table_cpu = table_cpu.map(|cpu| cpu.median / repetitions(&cell.arguments));
    Ok(trace.map(|trace| Recorded {
        computes,
        table_cpu,
        ..Recorded::of(name, who, &trace)
    }))
}

const FILE: &str = "pictures.json";

fn folder() -> anyhow::Result<PathBuf> {
    Ok(render::folder()?.join("timelines"))
}

/// The arguments without a repetition.
fn once(arguments: &[String]) -> Vec<String> {
    let mut kept = Vec::new();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        if word == "--repeat" {
            words.next();
        } else {
            kept.push(word.clone());
        }
    }
    kept
}

/// The arguments with the story's delays at no larger a scale than this.
fn shorter(arguments: &[String], scale: f64) -> Vec<String> {
    let mut words = arguments.to_vec();
    let place = words.iter().position(|word| word == "--time-scale");
    if let Some(value) = place.and_then(|place| words.get_mut(place + 1))
        && value.parse().is_ok_and(|told: f64| told > scale)
    {
        *value = scale.to_string();
    }
    words
}

/// How often these arguments say to do the job.
fn repetitions(arguments: &[String]) -> f64 {
    let place = arguments.iter().position(|word| word == "--repeat");
    let number = place.and_then(|place| arguments.get(place + 1)?.parse().ok());
    number.unwrap_or(1.0)
}

fn one(
    bench: &Bench,
    row: &Experiment,
    who: Contestant,
    arguments: &[String],
) -> Result<Outcome, Interrupted> {
    bench.run(Trial {
        interpreter: None,
        contestant: who,
        arguments,
        conditions: row.conditions,
        faults: None,
        sampled: false,
        patience: PATIENCE,
    })
}

impl Recorded {
    fn of(workload: &str, who: Contestant, trace: &Value) -> Self {
        let data = |name: &str| trace["otherData"][name].as_f64().unwrap_or_default();
        Self {
            workload: workload.to_owned(),
            who,
            computes: false,
            notes: data("recording_notes") as u64,
            cost: data("recording_seconds"),
            cpu: data("cpu_seconds"),
            table_cpu: None,
            cpu_in_units: data("cpu_seconds_in_units"),
            length: data("seconds"),
            lanes_at_once: data("lanes_at_once"),
        }
    }
}

impl Recorded {
    /// In what the picture of a computation contradicts the table, if it does.
    ///
    /// The two are different runs, and the table's has the program's start in it: they need only be near each other.
    fn contradiction(&self) -> Option<String> {
        let Self {
            workload,
            who,
            cpu_in_units,
            lanes_at_once,
            ..
        } = self;
        let average = cpu_in_units / self.length;
        match self.table_cpu {
            Some(table) if !(table / 2.0..table * 1.5).contains(cpu_in_units) => Some(format!(
                "{who} {workload}: {} of CPU time in the picture, {} in the table",
                seconds(*cpu_in_units),
                seconds(table)
            )),
            _ if lanes_at_once + 0.5 < average => Some(format!(
                "{who} {workload}: at most {lanes_at_once} lanes at once in the picture, but {average:.2} cores used"
            )),
            _ => None,
        }
    }
}

impl Pictures {
    /// Reads what the last run drew; nothing, if it drew nothing.
    ///
    /// # Errors
    ///
    /// If that was another version of this program.
    pub fn load() -> anyhow::Result<Self> {
        let path = render::folder()?.join(FILE);
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
            let path = folder()?.join(format!("{workload}-{who}.svg"));
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

    /// How many times as fast as with one worker, by number of workers: the median of the rounds, and its interval.
    pub fn speedups(&self) -> Vec<(Contestant, Vec<(f64, Estimate)>)> {
        let speedups = self.widths.iter().filter_map(|(who, times)| {
            let (_, alone) = times.first_key_value()?;
            let alone = Estimate::of(alone)?.median;
            let points = times.iter().filter_map(|(width, times)| {
                let factors: Vec<_> = times.iter().map(|time| alone / time).collect();
                Some((*width as f64, Estimate::of(&factors)?))
            });
            Some((*who, points.collect()))
        });
        speedups.collect()
    }

    /// In what pictures of computations contradict the table.
    pub fn contradictions(&self) -> Vec<String> {
        let computed = self.recorded.iter().filter(|run| run.computes);
        computed.filter_map(Recorded::contradiction).collect()
    }

    /// What recording cost, in a sentence.
    pub fn cost(&self) -> Option<String> {
        let sum = |reading: fn(&Recorded) -> f64| self.recorded.iter().map(reading).sum::<f64>();
        let (cost, cpu) = (sum(|run| run.cost), sum(|run| run.cpu));
        let notes = sum(|run| run.notes as f64);
        (cpu > 0.0).then(|| {
            format!(
                "Recording took {:.1}% of the CPU time of the {} runs that are drawn here, {} notes in all. The runs in the tables were not \
                 recorded.",
                100.0 * cost / cpu,
                self.recorded.len(),
                count(notes as u64)
            )
        })
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
    use crate::plan::experiments::words;

    #[test]
    fn a_picture_shows_a_job_once() {
        let words = ["cats", "--repeat", "30", "--workers", "5"].map(str::to_owned);
        assert_eq!(once(&words), ["cats", "--workers", "5"]);
        assert_eq!(
            (repetitions(&words), repetitions(&once(&words))),
            (30.0, 1.0)
        );
    }

    #[test]
    fn a_picture_shows_shorter_delays() {
        let scaled = |text: &str, scale| shorter(&words(text), scale).join(" ");
        assert_eq!(
            scaled("waiter --time-scale 0.5", 0.02),
            "waiter --time-scale 0.02"
        );
        assert_eq!(
            scaled("waiter --time-scale 0.01", 0.02),
            "waiter --time-scale 0.01"
        );
        assert_eq!(scaled("cats --size 5", 0.02), "cats --size 5");
    }

    #[test]
    fn a_picture_that_contradicts_the_table_is_named() {
        let agrees = Recorded {
            workload: "hashes".to_owned(),
            who: Threading,
            computes: true,
            notes: 80,
            cost: 0.001,
            cpu: 1.0,
            table_cpu: Some(1.0),
            cpu_in_units: 0.98,
            length: 0.5,
            lanes_at_once: 2.0,
        };
        let of = |run: Recorded| {
            let recorded = vec![run];
            let pictures = Pictures {
                recorded,
                ..Pictures::default()
            };
            pictures.contradictions().len()
        };
        assert_eq!(of(agrees.clone()), 0);
        let too_much = Recorded {
            cpu_in_units: 1.8,
            ..agrees.clone()
        };
        let too_few = Recorded {
            lanes_at_once: 1.0,
            ..agrees
        };
        assert_eq!((of(too_much), of(too_few)), (1, 1));
    }

    #[test]
    fn a_timeline_in_a_page_leaves_its_looks_to_the_page() {
        let mut pictures = Pictures::default();
        let picture = "<svg><style>.a{}</style><g/></svg>".to_owned();
        pictures.add("cats", Threading, picture);
        assert_eq!(pictures.style(), ".a{}");
        assert_eq!(
            pictures.timeline("cats", Threading).unwrap(),
            "<svg><g/></svg>"
        );
    }
}
