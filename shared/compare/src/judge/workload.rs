//! A row of the workload table: what each technique took, and who was fastest.

use crate::judge::floor::floor;
use crate::judge::ranking::{Place, ranking};
use crate::judge::screening;
use crate::model::difference::Factor;
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

/// The place of a technique that was not surely beaten.
#[derive(Clone, Copy, Debug)]
pub struct Rank {
    /// Whether it is fastest, equal to others, or not decided.
    pub place: Place,
    /// How many times as fast as sequential it is.
    pub factor: Option<Factor>,
}

/// A row of the workload table.
pub fn workload(row: &Experiment) -> Workload {
    let floor = floor(row).ok();
    let ranking = ranking(row);
    let rank = |who| {
        let ranking = ranking.as_ref()?;
        Some(Rank {
            place: ranking.place(who)?,
            factor: ranking.factor(Sequential, who),
        })
    };
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
            rank: rank(technique),
        }
    };
    Workload {
        name: row.name.clone(),
        label: row.label.clone(),
        entries: Contestant::TECHNIQUES.map(entry).into(),
        floor,
    }
}
