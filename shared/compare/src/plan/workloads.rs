//! The rows of the workload table: what each workload is measured with, in Rust and in Python.

use std::thread;

use shared::compute;
use shared::waiter;

use crate::model::experiment::{Experiment, Floor, Kind, Work};
use crate::model::options::Size;
use crate::model::rows::Row;
use crate::model::technique::Contestant::Cluster;
use crate::model::technique::Runner::BareLoop;

/// Requests in flight in a download.
const WIDTH: u64 = 5;

/// Items of the job lists: a thousand lists.
const LISTS: f64 = 1000.0 * compute::LIST as f64;
/// Items of the job squares: twenty sums, up to about five million.
const SQUARES: f64 = compute::UNITS as f64 * 5e6;
/// An item that the optimiser cannot see through is written to memory: at the very best three in a cycle of 6 GHz.
const LEAST_ITEM: f64 = 0.05e-9;
/// A step has 64 rounds, each of which needs the one before: at the very best one in a cycle of 6 GHz.
const LEAST_STEP: f64 = 10e-9;

/// The rows, in the order of [`Row::WORKLOADS`].
pub fn workloads(size: Size, cores: u64) -> Vec<Experiment> {
    vec![
        waiter(size),
        hello(size),
        sites(size),
        cats(size),
        lists(size, cores),
        squares(size, cores),
        hashes(size, cores),
    ]
}

/// Gives a row of the workload table a size that Python ends in a second. Whether Python does it at all.
pub fn in_python(row: &mut Experiment, size: Size) -> bool {
    match row.name {
        // Their times are the story's, in any language.
        Row::Waiter | Row::Hello | Row::Sites => {}
        Row::Cats => {
            let repeat = size.pick(2, 5, 10);
            row.resize(1.0, |_| format!("cats --repeat {repeat}"));
            row.label = format!("{repeat}00 photos of 100 kB");
        }
        Row::Lists => {
            // Workers take a hundred lists at a time: fewer would leave cores without any.
            let lists = size.pick(400, 800, 1000);
            row.resize(f64::from(compute::LIST), |_| {
                format!("lists --size {lists}")
            });
            row.label = format!("{lists} lists");
        }
        Row::Squares => {
            let below = size.pick(100_000, 200_000, 5_000_000);
            row.resize(f64::from(below), |_| format!("squares --size {below}"));
            row.label = format!("20 sums of squares below {below}");
        }
        Row::Hashes => {
            let steps = size.pick(30_000, 60_000, 500_000);
            row.resize(f64::from(steps), |_| format!("hashes --size {steps}"));
            row.label = format!("20 chains of {},000 steps", steps / 1000);
        }
        _ => return false,
    }
    true
}

/// How many workers work that waits has, and work that computes: those of the cluster's nodes, and of Python's computations.
pub fn workers() -> [usize; 2] {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    [WIDTH as usize, cores]
}

fn waiter(size: Size) -> Experiment {
    let scale = size.pick(0.013, 0.05, 1.0);
    let tables = waiter::Job::new(5, scale);
    Experiment::new(Row::Waiter, Kind::Waiting)
        .label(format!(
            "{} tables think {}, order {}",
            tables.tables.len(),
            plain(scale * waiter::THINKING.as_secs_f64()),
            plain(tables.ordering.as_secs_f64())
        ))
        .floor(Floor::Story {
            seconds: tables.floor().as_secs_f64(),
        })
        .expected(25.0 * scale)
        .by_all(&format!("waiter --time-scale {scale}"))
        .by(Cluster, &format!("waiter --time-scale {scale}"))
        .warmed_up("waiter --time-scale 0.01")
}

fn hello(size: Size) -> Experiment {
    let scale = size.pick(0.07, 0.4, 1.0);
    Experiment::new(Row::Hello, Kind::Waiting)
        .label(format!("5 pages, {} each", plain(scale)))
        .floor(Floor::Served { turns: 1 })
        .expected(5.0 * scale)
        .served()
        .by_all(&format!("hello --time-scale {scale}"))
        .by(Cluster, &format!("hello --time-scale {scale}"))
        .warmed_up("hello --time-scale 0.05")
}

fn sites(size: Size) -> Experiment {
    let copies: u64 = size.pick(10, 12, 80);
    Experiment::new(Row::Sites, Kind::Waiting)
        .label(format!("{} pages, 20 ms each", 2 * copies))
        .floor(Floor::Served {
            turns: (2 * copies).div_ceil(WIDTH),
        })
        .expected(0.022 * 2.0 * copies as f64)
        .served()
        .by_all(&format!("sites --size {copies}"))
        .by(Cluster, &format!("sites --size {copies}"))
        .warmed_up("sites --size 5")
}

fn cats(size: Size) -> Experiment {
    // Its noise is as large in a longer run: more rounds tell more.
    let repeat = size.pick(15, 25, 100);
    Experiment::new(Row::Cats, Kind::Waiting)
        .label(format!("{repeat}00 photos of 100 kB"))
        .floor(Floor::BareLoop { cores: 1 })
        .expected(0.006 * f64::from(repeat))
        .served()
        .by_all(&format!("cats --repeat {repeat}"))
        .by(Cluster, &format!("cats --repeat {repeat}"))
        .by(BareLoop, &format!("bare-loop cats --repeat {repeat}"))
        .warmed_up("cats --repeat 5")
}

fn lists(size: Size, cores: u64) -> Experiment {
    let repeat = longer(cores) * size.pick(2, 4, 10);
    Experiment::new(Row::Lists, Kind::Computing)
        .label(format!("{repeat}000 lists"))
        .floor(Floor::Spread { cores })
        .items(f64::from(compute::LIST))
        .work(Work {
            items: f64::from(repeat) * LISTS,
            warm_up_items: LISTS,
            least: LEAST_ITEM,
        })
        .expected(0.07 * f64::from(repeat))
        .by_all(&format!("lists --repeat {repeat}"))
        .by(Cluster, &format!("lists --repeat {repeat}"))
        .warmed_up("lists")
}

fn squares(size: Size, cores: u64) -> Experiment {
    let repeat = longer(cores) * size.pick(3, 4, 10);
    Experiment::new(Row::Squares, Kind::Computing)
        .label(format!("{} sums of squares", 20 * repeat))
        .floor(Floor::Spread { cores })
        .items(SQUARES / f64::from(compute::UNITS))
        .work(Work {
            items: f64::from(repeat) * SQUARES,
            warm_up_items: SQUARES,
            least: LEAST_ITEM,
        })
        .expected(0.06 * f64::from(repeat))
        .by_all(&format!("squares --repeat {repeat}"))
        .by(Cluster, &format!("squares --repeat {repeat}"))
        .warmed_up("squares")
}

fn hashes(size: Size, cores: u64) -> Experiment {
    let steps = size.pick(150_000, 250_000, 500_000);
    let chains = compute::UNITS * longer(cores);
    let job = match longer(cores) {
        1 => format!("hashes --size {steps}"),
        repeat => format!("hashes --size {steps} --repeat {repeat}"),
    };
    Experiment::new(Row::Hashes, Kind::Computing)
        .label(format!(
            "{chains} chains of {},000 SHA-256 steps",
            steps / 1000
        ))
        .floor(Floor::BareLoop { cores })
        .items(f64::from(steps))
        .work(Work {
            items: f64::from(chains) * f64::from(steps),
            warm_up_items: f64::from(compute::UNITS) * 50_000.0,
            least: LEAST_STEP,
        })
        .expected(60e-9 * f64::from(chains) * f64::from(steps))
        .by_all(&job)
        .by(Cluster, &job)
        .by(BareLoop, &format!("bare-loop {job}"))
        .warmed_up("hashes --size 50000")
}

/// How many times as long a job that fills all cores must be on so many as on two. Beyond eight cores it gets too short to
/// be screened for noise, or the techniques that use but one take minutes.
fn longer(cores: u64) -> u32 {
    cores.clamp(2, 8) as u32 / 2
}

/// Seconds as they stand in a label: `0.05 s`, `4 s`.
fn plain(seconds: f64) -> String {
    format!("{} s", (seconds * 1e4).round() / 1e4)
}
