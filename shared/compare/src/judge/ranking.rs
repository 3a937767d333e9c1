//! Who was fastest in a row, who is as fast, and who cannot be told from the fastest.

use crate::judge::screening;
use crate::model::difference::{Answer, Comparison, FEWEST, Factor};
use crate::model::experiment::{Experiment, Kind};
use crate::model::results::Results;
use crate::model::technique::Contestant;

/// How the contestants of a row compare.
pub struct Ranking {
    who: Vec<Contestant>,
    comparison: Comparison,
}

/// The place of a contestant that was not surely beaten.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place {
    /// All others took surely longer.
    Fastest,
    /// It is surely within 3% of all others that were not beaten.
    Equal,
    /// It cannot be told from another that was not beaten either.
    Undecided {
        /// A difference below this share would not have been seen.
        unseen: f64,
    },
}

impl Place {
    /// In a word or two.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fastest => "best",
            Self::Equal => "equal",
            Self::Undecided { .. } => "not decided",
        }
    }
}

/// The ranking of a row; `None` if it may not be ranked, or if a contestant ran only once: a single pair is no proof. A
/// contestant that others disturbed has no place in it.
pub fn ranking(row: &Experiment) -> Option<Ranking> {
    screening::pass(row).ok()?;
    let cells = row.cells.iter();
    let cells =
        cells.filter(|cell| cell.contestant != Contestant::BareLoop && !screening::noisy(cell));
    let (who, walls): (Vec<_>, Vec<Vec<f64>>) = cells
        .map(|cell| (cell.contestant, cell.runs().map(|run| run.wall).collect()))
        .unzip();
    walls
        .iter()
        .all(|walls| walls.len() >= FEWEST)
        .then(|| Ranking {
            who,
            comparison: Comparison::of(&walls),
        })
}

impl Ranking {
    /// The contestants that were not surely beaten: one is the fastest, several are equal or not decided.
    pub fn fastest(&self) -> Vec<Contestant> {
        let unbeaten = self.comparison.unbeaten().into_iter();
        unbeaten.map(|place| self.who[place]).collect()
    }

    /// How many times as long `this` took as `that`.
    pub fn factor(&self, this: Contestant, that: Contestant) -> Option<Factor> {
        let place = |who| self.who.iter().position(|other| *other == who);
        self.comparison.factor(place(this)?, place(that)?)
    }

    /// The place of `who`; `None` if it was surely beaten, or does not take part.
    pub fn place(&self, who: Contestant) -> Option<Place> {
        let fastest = self.fastest();
        if !fastest.contains(&who) {
            return None;
        }
        let others = fastest.iter().filter(|other| **other != who);
        let answers: Option<Vec<_>> = others
            .map(|other| Some(self.factor(who, *other)?.answer()))
            .collect();
        let unseen = |answer: &Answer| match answer {
            Answer::Undecided { unseen } => Some(*unseen),
            _ => None,
        };
        let answers = answers?;
        let widest = answers.iter().filter_map(unseen).max_by(f64::total_cmp);
        Some(match (widest, fastest.len()) {
            (Some(unseen), _) => Place::Undecided { unseen },
            (None, 1) => Place::Fastest,
            (None, _) => Place::Equal,
        })
    }
}

/// The contestants of a row that were not surely beaten; none if it may not be ranked.
pub fn fastest(row: &Experiment) -> Vec<Contestant> {
    ranking(row).map_or_else(Vec::new, |ranking| ranking.fastest())
}

/// Those who are among the fastest in at least half of the rows of this kind.
pub fn fastest_in_most(results: &Results, kind: Kind) -> Vec<Contestant> {
    let rows: Vec<_> = results
        .workloads()
        .filter(|row| row.kind == kind)
        .map(fastest)
        .collect();
    let techniques = Contestant::TECHNIQUES.into_iter();
    let often = techniques.filter(|technique| {
        let wins = rows
            .iter()
            .filter(|fastest| fastest.contains(technique))
            .count();
        wins > 0 && 2 * wins >= rows.len()
    });
    often.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::model::noise::Noise;
    use crate::model::rows::Row;
    use crate::model::run::Run;
    use crate::model::technique::Contestant::*;

    fn took(seconds: f64) -> impl Fn(&mut Run) {
        move |run| run.wall = seconds
    }

    #[test]
    fn whoever_nobody_beat_is_fastest_and_equals_tie() {
        let results = fixtures::results().with(Row::Hashes, Threading, took(0.5));
        assert_eq!(fastest(results.row(Row::Hashes)), [Threading]);
        let results = results.with(Row::Hashes, Multiprocessing, took(0.501));
        assert_eq!(
            fastest(results.row(Row::Hashes)),
            [Threading, Multiprocessing]
        );
    }

    #[test]
    fn the_bare_loop_is_a_floor_and_no_winner() {
        let results = fixtures::results().with(Row::Hashes, BareLoop, took(0.1));
        assert!(!fastest(results.row(Row::Hashes)).contains(&BareLoop));
    }

    #[test]
    fn unequal_work_is_not_ranked() {
        let results = fixtures::results().with(Row::Cats, Asyncio, |run| {
            run.wall = 0.1;
            run.receipt.units = 0;
        });
        assert!(fastest(results.row(Row::Cats)).is_empty());
    }

    #[test]
    fn whoever_was_disturbed_neither_wins_nor_ties() {
        let results = fixtures::results().with(Row::Hashes, Asyncio, |run| {
            run.wall = 0.1;
            run.noise = Some(Noise {
                others: Some(0.5),
                stolen: None,
                pressure: None,
                queued: None,
            });
        });
        assert!(!fastest(results.row(Row::Hashes)).contains(&Asyncio));
        assert!(fastest(results.row(Row::Hashes)).contains(&Threading));
    }

    #[test]
    fn nobody_is_fastest_by_a_single_run() {
        let mut results = fixtures::results().with(Row::Hashes, Threading, took(0.5));
        let row = |results: &mut Results, rounds: usize| {
            let rows = &mut results.experiments;
            let row = rows.iter_mut().find(|row| row.name == Row::Hashes).unwrap();
            let cells = &mut row.cells;
            cells
                .iter_mut()
                .for_each(|cell| cell.rounds.truncate(rounds));
            fastest(row)
        };
        assert_eq!(row(&mut results, 2), [Threading]);
        assert_eq!(row(&mut results, 1), []);
    }

    #[test]
    fn half_of_the_rows_make_most_of_them() {
        let results = fixtures::results()
            .with(Row::Lists, Threading, took(0.5))
            .with(Row::Squares, Threading, took(0.5));
        assert_eq!(fastest_in_most(&results, Kind::Computing), [Threading]);
    }

    #[test]
    fn two_of_four_rows_make_most_of_them_and_one_does_not() {
        let one = fixtures::results().with(Row::Cats, Threading, took(0.5));
        let others = [Row::Waiter, Row::Hello, Row::Sites].into_iter();
        let one = others.fold(one, |results, name| results.with(name, Asyncio, took(0.5)));
        assert_eq!(fastest_in_most(&one, Kind::Waiting), [Asyncio]);
        let two = one
            .with(Row::Hello, Threading, took(0.25))
            .with(Row::Lists, Asyncio, took(0.5));
        assert_eq!(fastest_in_most(&two, Kind::Waiting), [Threading, Asyncio]);
        let mut none = two;
        none.experiments.clear();
        assert_eq!(fastest_in_most(&none, Kind::Waiting), []);
    }

    #[test]
    fn a_place_is_best_equal_or_not_decided_and_whoever_was_beaten_has_none() {
        let place = |results: &Results, who| {
            let place = ranking(results.row(Row::Hashes)).unwrap().place(who);
            place.map(Place::word)
        };
        let alone = fixtures::results().with(Row::Hashes, Threading, took(0.5));
        assert_eq!(place(&alone, Threading), Some("best"));
        assert_eq!(place(&alone, Asyncio), None);
        let equal = alone.with(Row::Hashes, Asyncio, took(0.501));
        assert_eq!(place(&equal, Threading), Some("equal"));
        assert_eq!(place(&equal, Asyncio), Some("equal"));
        let round = std::cell::Cell::new(0);
        let rough = equal.with(Row::Hashes, Multiprocessing, |run| {
            round.set(round.get() + 1);
            run.wall = if round.get() % 2 == 0 { 0.3 } else { 0.8 };
        });
        for who in [Threading, Multiprocessing, Asyncio] {
            assert_eq!(place(&rough, who), Some("not decided"), "{who}");
        }
        let ranking = ranking(rough.row(Row::Hashes)).unwrap();
        let unseen = ranking.place(Threading);
        assert!(
            matches!(unseen, Some(Place::Undecided { unseen }) if unseen > 0.5),
            "{unseen:?}"
        );
    }
}
