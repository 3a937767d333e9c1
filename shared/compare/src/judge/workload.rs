//! A row of the workload table: what each technique took, and who was fastest.

use crate::judge::floor::floor;
use crate::judge::ranking::fastest;
use crate::judge::screening;
use crate::model::experiment::Experiment;
use crate::model::stats::Estimate;
use crate::model::technique::Contestant::{self, *};

/// A row of the workload table.
#[derive(Debug)]
pub struct Workload {
    /// The workload's name.
    pub name: String,
    /// Its size.
    pub label: String,
    /// For each of [`Contestant::TECHNIQUES`], its time.
    pub entries: Vec<Entry>,
    /// What no technique can beat, in seconds, if that is known.
    pub floor: Option<f64>,
}

/// A field of the workload table.
#[derive(Debug)]
pub enum Entry {
    /// It did not take part.
    LeftOut,
    /// It failed, hung, or has not had its turn yet.
    Missing,
    /// It took this long.
    Timed {
        /// Wall-clock seconds.
        wall: Estimate,
        /// By which share that is more than the floor.
        above: Option<f64>,
        /// Whether others disturbed it, so that it has no place.
        noisy: bool,
        /// Its place, if it is among the fastest.
        rank: Option<Rank>,
    },
}

/// The place of one that nobody beat.
#[derive(Clone, Copy, Debug)]
pub struct Rank {
    /// Whether it shares the place.
    pub tie: bool,
    /// How many times as fast as sequential it is.
    pub factor: Option<f64>,
}

/// A row of the workload table.
pub fn workload(row: &Experiment) -> Workload {
    let floor = floor(row).ok();
    let fastest = fastest(row);
    let sequential = row.cell(Sequential).and_then(|cell| cell.wall().ok());
    let entry = |technique| {
        let Some(cell) = row.cell(technique) else {
            return Entry::LeftOut;
        };
        let wall = match cell.wall() {
            Ok(wall) => wall,
            Err(_) => return Entry::Missing,
        };
        Entry::Timed {
            wall,
            above: floor.map(|floor| wall.median / floor - 1.0),
            noisy: screening::noisy(cell),
            rank: fastest.contains(&technique).then(|| Rank {
                tie: fastest.len() > 1,
                factor: sequential.map(|sequential| sequential.median / wall.median),
            }),
        }
    };
    Workload {
        name: row.name.clone(),
        label: row.label.clone(),
        entries: Contestant::TECHNIQUES.map(entry).into(),
        floor,
    }
}
