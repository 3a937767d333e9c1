//! Pictures of the runs that fill the table: each of them once more, recorded.
//!
//! A recorded run is never timed for the table. Where the table repeats a job, or makes the story's delays long, to be sure
//! of its numbers, the picture shows the job once, and the delays shorter. Some pictures are of no row: those that the
//! documents have of one thread and of many, and of a thread's life.

use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::measure::bench::{Bench, Trial};
use crate::measure::child::Interrupted;
use crate::measure::progress::Progress;
use crate::model::experiment::{Cell, Experiment, Kind};
use crate::model::noise::{Noise, SCREENABLE};
use crate::model::pictures::{
    FILE, MORE_THREADS_THAN_CORES, ONE_THREAD, Pictures, Recorded, TICKER, TIMELINES,
};
use crate::model::quantity::percent;
use crate::model::results::Results;
use crate::model::rows::{Row, Sweep};
use crate::model::run::Outcome;
use crate::model::store;
use crate::model::technique::Contestant::{self, *};

/// A recording that others disturbed is made anew, so often in all.
const ATTEMPTS: usize = 4;

/// So long an attempt waits for others to leave the machine alone.
const REST: Duration = Duration::from_secs(1);

/// So long all pictures together are recorded anew, at least and at most: where others never rest, one attempt each is as good as four.
const ANEW: RangeInclusive<Duration> = Duration::from_secs(3)..=Duration::from_secs(20);

/// A recorded run that takes longer than this is hung.
const PATIENCE: Duration = Duration::from_secs(120);

/// Draws a timeline for every workload and technique of these results, and measures what only pictures show. What others disturb is
/// recorded anew while there is time left.
///
/// # Errors
///
/// If the user interrupts it.
pub fn draw(
    results: &Results,
    run: &Path,
    left: Duration,
    bench: &Bench,
    progress: &Progress,
) -> Result<(), Interrupted> {
    let spare = left.saturating_sub(Duration::from_secs_f64(expected(results)));
    let mut pictures = Pictures::default();
    // Where no file can be made, the programs say so, and the page goes without pictures.
    let folder = run.join(TIMELINES);
    let _ = fs::create_dir_all(&folder);
    let scale = results.size.pick(0.01, 0.01, 1.0);
    let cores = results.machine.cores;
    let mut recorder = Recorder {
        bench,
        folder: &folder,
        scale,
        cores,
        anew: spare.clamp(*ANEW.start(), *ANEW.end()),
    };
    for row in results.workloads() {
        for (who, cell) in row.contestants() {
            progress.on("timelines", &format!("{} {who}", row.name));
            let recorded = record(&mut recorder, row, (who, cell), &row.name.to_string(), &[])?;
            pictures.recorded.extend(recorded);
            progress.done(EACH);
        }
    }
    for Scene {
        name,
        of,
        who,
        workers,
    } in scenes(cores)
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
        let recorded = record(&mut recorder, row, (who, cell), name, &more)?;
        pictures.recorded.extend(recorded);
        progress.done(EACH);
    }
    // The sweep of workers was measured in rounds, as everything that is compared.
    for (workers, row) in results.sweep(Sweep::WhenComputing) {
        for (who, cell) in row.contestants() {
            for run in cell.runs() {
                pictures.add_width(who, workers as u64, run.seconds);
            }
        }
    }
    let text = serde_json::to_string_pretty(&pictures).unwrap_or_default();
    if let Err(error) = store::write(&run.join(FILE), &text) {
        anstream::eprintln!("the page has no pictures: {error:#}");
    }
    Ok(())
}

/// About how long [`draw`] takes, in seconds: good enough for a progress bar.
pub fn expected(results: &Results) -> f64 {
    let pictures = results.workloads().flat_map(|row| &row.cells);
    EACH * (pictures.count() + scenes(results.machine.cores).len()) as f64
}

/// About how long one picture takes, in seconds.
const EACH: f64 = 0.2;

/// A run that is drawn although no row of the table has it.
struct Scene {
    /// What its picture is called.
    name: &'static str,
    /// The row whose job it is.
    of: Row,
    who: Contestant,
    /// How many workers, unless as many as in the row.
    workers: Option<u64>,
}

/// The runs that only pictures have.
fn scenes(cores: u64) -> Vec<Scene> {
    let threads = |name, workers| Scene {
        name,
        of: Row::Hashes,
        who: Threading,
        workers: Some(workers),
    };
    let mut scenes = vec![
        threads(ONE_THREAD, 1),
        threads(MORE_THREADS_THAN_CORES, 2 * cores),
    ];
    scenes.extend(Contestant::CONCLUDED.map(|who| Scene {
        name: TICKER,
        of: Row::Ticker,
        who,
        workers: None,
    }));
    scenes
}

/// What all recordings have in common.
struct Recorder<'a> {
    bench: &'a Bench,
    /// Where the pictures are kept.
    folder: &'a Path,
    /// The largest scale of the story's delays.
    scale: f64,
    cores: u64,
    /// What is left of [`ANEW`].
    anew: Duration,
}

/// Runs a cell's job once more, recorded, and keeps its picture and its trace by this name.
fn record(
    Recorder {
        bench,
        folder,
        scale,
        cores,
        anew,
    }: &mut Recorder,
    row: &Experiment,
    (who, cell): (Contestant, &Cell),
    name: &str,
    more: &[String],
) -> Result<Option<Recorded>, Interrupted> {
    let file = folder.join(format!("{name}-{who}"));
    let (svg, trace) = (file.with_extension("svg"), file.with_extension("json"));
    let mut arguments = shorter(&once(&cell.arguments), *scale);
    arguments.extend_from_slice(more);
    for file in [&svg, &trace] {
        arguments.extend(["--trace".to_owned(), file.display().to_string()]);
    }
    let table_cpu = cell.estimate(|run| Some(run.cpu())).ok();
    let computes = row.kind == Kind::Computing;
    let table_cpu = table_cpu.filter(|_| computes);
    let table_cpu = table_cpu.map(|cpu| cpu.median / repetitions(&cell.arguments));
    for attempt in 1..=ATTEMPTS {
        let Outcome::Ran(run) = one(bench, row, who, &arguments)? else {
            return Ok(None);
        };
        let text = fs::read(&trace).ok();
        let Some(text) = text.and_then(|text| serde_json::from_slice(&text).ok()) else {
            return Ok(None);
        };
        let recorded = Recorded {
            computes,
            table_cpu,
            ..Recorded::of(name, who, &text)
        };
        let disturbed = disturbance(&recorded, run.noise, *cores);
        if disturbed.is_none() {
            return Ok(Some(recorded));
        }
        if attempt == ATTEMPTS || anew.is_zero() {
            if let (Some(reason), Ok(picture)) = (&disturbed, fs::read_to_string(&svg)) {
                // A picture that cannot be written was not written before either; the page's caption says it, too.
                let _ = fs::write(&svg, shared::trace::svg::stamp(&picture, reason));
            }
            return Ok(Some(Recorded {
                disturbed,
                ..recorded
            }));
        }
        let start = Instant::now();
        bench.wait_for_rest(REST.min(*anew))?;
        *anew = anew.saturating_sub(start.elapsed());
    }
    Ok(None)
}

/// How others disturbed a recording, if they did.
fn disturbance(recorded: &Recorded, noise: Option<Noise>, cores: u64) -> Option<String> {
    let noise = noise.filter(Noise::disturbs).map(|noise| {
        format!(
            "others took {} of the CPU meanwhile",
            percent(noise.level())
        )
    });
    // What is too short to be screened is known by what the picture shows.
    let screened = noise.filter(|_| recorded.length >= SCREENABLE);
    screened
        .or_else(|| recorded.displacement(cores))
        .or_else(|| recorded.contradiction())
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
        && value.parse().is_ok_and(|asked: f64| asked > scale)
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
        runner: who.into(),
        arguments,
        conditions: row.conditions,
        faults: None,
        load: None,
        sampled: false,
        patience: PATIENCE,
    })
}

/// A list as a trace has it; empty, if it has none.
fn list<T: DeserializeOwned>(value: &Value) -> Vec<T> {
    Vec::deserialize(value).unwrap_or_default()
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
            lanes: list(&trace["otherData"]["lanes"]),
            takings: list(&trace["otherData"]["takings"]),
            disturbed: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::pictures::Lane;
    use crate::plan::description::words;

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
            lanes: Vec::new(),
            takings: Vec::new(),
            disturbed: None,
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

    fn hashes_on(lanes: &[(f64, f64)], at_once: f64) -> Recorded {
        let lane = |(on_core, no_core): &(f64, f64)| Lane {
            on_core: *on_core,
            no_core: *no_core,
            ..Lane::default()
        };
        Recorded {
            computes: true,
            length: 1.0,
            lanes_at_once: at_once,
            lanes: lanes.iter().map(lane).collect(),
            ..Recorded::of("hashes", Threading, &Value::Null)
        }
    }

    #[test]
    fn a_recording_is_disturbed_where_a_worker_lacked_a_core_that_the_machine_has() {
        let noise = |others| {
            Some(Noise {
                others: Some(others),
                stolen: None,
                pressure: None,
                queued: None,
            })
        };
        let quiet = hashes_on(&[(0.9, 0.05), (0.9, 0.05)], 2.0);
        let said = |recorded: &Recorded, noise| disturbance(recorded, noise, 2).unwrap_or_default();
        assert_eq!(said(&quiet, noise(0.01)), "");
        assert_eq!(
            said(&quiet, noise(0.3)),
            "others took 30% of the CPU meanwhile"
        );
        let brief = Recorded {
            length: 0.01,
            ..quiet
        };
        assert_eq!(said(&brief, noise(0.3)), "", "too short to be screened");
        let alone = hashes_on(&[(0.9, 0.9), (0.9, 0.9)], 1.0);
        assert_eq!(
            said(&alone, None),
            "at most 1 of 2 cores worked for it at once"
        );
        let late = hashes_on(&[(0.6, 0.4), (0.6, 0.4)], 2.0);
        assert!(said(&late, None).contains("without a core for 40% of their time"));
        // Four threads on two cores have none half of the time, by themselves.
        let many = hashes_on(&[(0.5, 0.5); 4], 2.0);
        assert_eq!(said(&many, None), "");
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
