//! A row of the workload table: what each technique took, and who was fastest.

use std::fmt;

use crate::judge::floor::floor;
use crate::judge::ranking::{Place, ranking};
use crate::judge::screening;
use crate::model::difference::{EQUAL, Factor};
use crate::model::experiment::{Experiment, NotMeasured};
use crate::model::quantity::percent;
use crate::model::rows::Row;
use crate::model::stats::{Estimate, MEANINGFUL};
use crate::model::technique::Contestant::{self, *};

/// A row of the workload table.
#[derive(Debug)]
pub struct Workload {
    /// The workload's name.
    pub name: Row,
    /// Its size.
    pub label: String,
    /// For each of [`Contestant::COLUMNS`], its time.
    pub entries: Vec<Entry>,
    /// What no technique can beat, in seconds, if that is known.
    pub floor: Option<f64>,
}

/// A field of the workload table.
#[derive(Debug)]
pub enum Entry {
    /// It did not take part.
    LeftOut,
    /// Its turn has not come.
    NotRun,
    /// It failed, or hung.
    Failed,
    /// It took this long.
    Timed {
        /// Wall-clock seconds.
        wall: Estimate,
        /// How far that is above the floor, if one is known.
        distance: Option<Distance>,
        /// Whether others disturbed it, so that it has no place.
        noisy: bool,
        /// How many times as fast as sequential it is.
        factor: Option<Factor>,
        /// Its place, if it was not surely beaten.
        place: Option<Place>,
    },
}

impl Entry {
    /// Why it has no time, in a word or two, wherever that is said; `None` if it has one.
    pub fn word(&self) -> Option<&'static str> {
        Some(match self {
            Self::LeftOut => "left out",
            Self::NotRun => "not run",
            Self::Failed => "failed",
            Self::Timed { .. } => return None,
        })
    }
}

/// How far a time is above the floor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Distance {
    /// Surely by no more than [`EQUAL`].
    None,
    /// By this share of the floor.
    Above(f64),
    /// By this share of the floor at most: the scatter of its runs hides how far.
    Within(f64),
    /// It is below the floor by more than scatter: what the floor was measured by was disturbed.
    Disturbed,
}

impl Distance {
    /// Of a time that takes this share more than the floor, and whose interval is so wide to each side.
    pub fn of(more: f64, scatter: f64) -> Self {
        let scatter = scatter.max(MEANINGFUL);
        match more {
            more if more > scatter => Self::Above(more),
            more if more < -scatter => Self::Disturbed,
            more if more.max(scatter) > EQUAL => Self::Within(more + scatter),
            _ => Self::None,
        }
    }
}

impl fmt::Display for Distance {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::None => write!(f, "at the floor"),
            Self::Above(share) => write!(f, "{} above the floor", percent(*share)),
            Self::Within(share) => write!(f, "at most {} above the floor", percent(*share)),
            Self::Disturbed => write!(f, "below the floor, which was disturbed"),
        }
    }
}

/// A row of the workload table.
pub fn workload(row: &Experiment) -> Workload {
    let floor = floor(row).ok();
    let ranking = ranking(row);
    let distance = |wall: &Estimate| Some(Distance::of(wall.median / floor? - 1.0, wall.spread()));
    // A floor that one technique is below was disturbed: no other's distance to it means anything.
    let walls = Contestant::COLUMNS.into_iter();
    let mut walls = walls.filter_map(|who| row.cell(who)?.wall().ok());
    let disturbed = walls.any(|wall| distance(&wall) == Some(Distance::Disturbed));
    let entry = |technique| {
        let Some(cell) = row.cell(technique) else {
            return Entry::LeftOut;
        };
        let wall = match cell.wall() {
            Ok(wall) => wall,
            Err(NotMeasured::NoRun) => return Entry::NotRun,
            Err(_) => return Entry::Failed,
        };
        Entry::Timed {
            wall,
            distance: distance(&wall)
                .filter(|distance| !disturbed || *distance == Distance::Disturbed),
            noisy: screening::noisy(cell),
            factor: ranking
                .as_ref()
                .and_then(|row| row.factor(Sequential, technique)),
            place: ranking.as_ref().and_then(|row| row.place(technique)),
        }
    };
    Workload {
        name: row.name,
        label: row.label.clone(),
        entries: Contestant::COLUMNS.map(entry).into(),
        floor,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn at_the_floor_is_what_is_surely_near_it_and_scatter_alone_puts_nothing_there() {
        for (more, scatter, distance) in [
            (0.0099, 0.001, Distance::None),
            (-0.0099, 0.001, Distance::None),
            (-0.0101, 0.001, Distance::Disturbed),
            (0.0101, 0.001, Distance::Above(0.0101)),
            (0.02, 0.03, Distance::None),
            (0.02, 0.0301, Distance::Within(0.02 + 0.0301)),
            (0.04, 0.05, Distance::Within(0.04 + 0.05)),
            (0.06, 0.05, Distance::Above(0.06)),
            (-0.04, 0.05, Distance::Within(-0.04 + 0.05)),
            (-0.06, 0.05, Distance::Disturbed),
        ] {
            assert_eq!(Distance::of(more, scatter), distance, "{more} {scatter}");
        }
    }

    #[test]
    fn a_time_twice_the_floor_is_a_whole_floor_above_it() {
        let row = workload(fixtures::results().row(Row::Hashes));
        assert_eq!(row.floor, Some(0.5));
        let Entry::Timed { distance, .. } = &row.entries[0] else {
            panic!("sequential was timed");
        };
        assert_eq!(*distance, Some(Distance::Above(1.0)));
    }

    #[test]
    fn what_never_had_its_turn_has_not_failed() {
        let mut results = fixtures::results();
        for row in &mut results.experiments {
            for cell in row.cells.iter_mut().filter(|cell| cell.is_of(&[Threading])) {
                cell.rounds.clear();
            }
        }
        let results = results.with_failure(Row::Hashes, Asyncio, "page 7 is wrong");
        let row = workload(results.row(Row::Hashes));
        let word = |who| {
            let place = Contestant::COLUMNS.iter().position(|it| *it == who);
            row.entries[place.unwrap()].word()
        };
        let words = [Sequential, Threading, Asyncio, Cluster].map(word);
        assert_eq!(
            words,
            [None, Some("not run"), Some("failed"), Some("left out")]
        );
    }

    #[test]
    fn a_distance_has_words() {
        let said = [Distance::None, Distance::Above(0.25), Distance::Disturbed];
        assert_eq!(
            said.map(|distance| distance.to_string()),
            [
                "at the floor",
                "25% above the floor",
                "below the floor, which was disturbed"
            ]
        );
    }

    #[test]
    fn where_one_is_below_the_floor_no_other_has_a_distance_to_it() {
        let results = fixtures::results();
        // The bare loop took a second on one of two cores.
        let results = results.with(Row::Hashes, Threading, |run| run.wall = 0.4);
        let row = workload(results.row(Row::Hashes));
        let distances = row.entries.iter().map(|entry| match entry {
            Entry::Timed { distance, .. } => *distance,
            _ => None,
        });
        let distances: Vec<_> = distances.flatten().collect();
        assert_eq!(distances, [Distance::Disturbed]);
    }
}
