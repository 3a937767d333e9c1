//! Which techniques were fastest in a row, which are as fast, and which may be either.

use crate::judge::screening;
use crate::model::difference::{Answer, Comparison, EQUAL, FEWEST, Factor};
use crate::model::experiment::{Experiment, Kind};
use crate::model::results::Results;
use crate::model::rows::Row;
use crate::model::technique::Contestant;

/// How the contestants of a row compare.
pub struct Ranking {
    who: Vec<Contestant>,
    comparison: Comparison,
    /// Whether it holds all techniques of the row: those that others disturbed are left out.
    complete: bool,
}

/// How far a contestant was behind the fastest of its row, or of the rows of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behind {
    /// Surely by no more than [`EQUAL`].
    Within,
    /// Surely by more.
    Beyond,
    /// It is not decided.
    Undecided,
}

/// The place of a contestant that was not surely beaten.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place {
    /// All others took surely longer.
    Fastest,
    /// It is surely within 3% of all others that were not beaten.
    Equal,
    /// It and another that was not beaten either may be equally fast.
    Undecided {
        /// A difference below this share would not have been seen.
        unseen: f64,
    },
    /// Another program disturbed a technique of the row, which may be faster.
    Disturbed,
}

impl Place {
    /// In a word or two.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fastest => "best",
            Self::Equal => "equal",
            Self::Undecided { .. } | Self::Disturbed => "not decided",
        }
    }
}

/// The ranking of a row; `None` if it may not be ranked, or if a contestant ran only once: a single pair is no proof. A
/// contestant that others disturbed has no place in it.
pub fn ranking(row: &Experiment) -> Option<Ranking> {
    screening::pass(row).ok()?;
    let cells = row
        .contestants()
        .filter(|(_, cell)| !screening::noisy(cell));
    let (who, walls): (Vec<_>, Vec<Vec<f64>>) = cells
        .map(|(who, cell)| (who, cell.runs().map(|run| run.wall).collect()))
        .unzip();
    let complete = row.contestants().count() == who.len();
    walls
        .iter()
        .all(|walls| walls.len() >= FEWEST)
        .then(|| Ranking {
            who,
            comparison: Comparison::of(&walls),
            complete,
        })
}

impl Ranking {
    /// The contestants that were not surely beaten: one is the fastest, several are equal or not decided.
    pub fn fastest(&self) -> Vec<Contestant> {
        let unbeaten = self.comparison.unbeaten().into_iter();
        unbeaten.map(|place| self.who[place]).collect()
    }

    /// How many times as long `one` took as `other`.
    pub fn factor(&self, one: Contestant, other: Contestant) -> Option<Factor> {
        let place = |who| self.who.iter().position(|other| *other == who);
        self.comparison.factor(place(one)?, place(other)?)
    }

    /// How far `who` was behind the fastest. One that others disturbed may have been the fastest.
    pub fn behind(&self, who: Contestant) -> Behind {
        let others = self.who.iter().filter(|other| **other != who);
        let factors: Vec<_> = others.map(|other| self.factor(who, *other)).collect();
        let known = factors.iter().flatten();
        if known.clone().any(|factor| factor.low > 1.0 + EQUAL) {
            return Behind::Beyond;
        }
        let within = |factor: &&Factor| factor.high <= 1.0 + EQUAL;
        match known.filter(within).count() {
            all if self.complete && all > 0 && all == factors.len() => Behind::Within,
            _ => Behind::Undecided,
        }
    }

    /// Whether it has one contestant, which has nothing to be compared with.
    pub fn of_one(&self) -> bool {
        self.complete && !self.compares()
    }

    /// Whether there are two that others did not disturb: of one alone nothing follows about the rest.
    pub fn compares(&self) -> bool {
        self.who.len() > 1
    }

    /// The place of `who`; `None` if it was surely beaten, or does not take part, or alone does.
    pub fn place(&self, who: Contestant) -> Option<Place> {
        if self.of_one() {
            return None;
        }
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
            _ if !self.complete => Place::Disturbed,
            (None, 1) => Place::Fastest,
            (None, _) => Place::Equal,
        })
    }
}

/// The techniques among the fastest in at least half of the rows of this kind in which others disturbed no technique.
pub fn fastest_in_most(results: &Results, kind: Kind) -> Vec<Contestant> {
    let (rankings, _) = undisturbed(results, kind);
    let rows = rankings.iter().filter(|ranking| !ranking.of_one());
    let rows: Vec<_> = rows.map(Ranking::fastest).collect();
    let techniques = Contestant::COLUMNS.into_iter();
    let often = techniques.filter(|technique| {
        let wins = rows
            .iter()
            .filter(|fastest| fastest.contains(technique))
            .count();
        wins > 0 && 2 * wins >= rows.len()
    });
    often.collect()
}

/// The rows of this kind that rank and in which others disturbed no technique, and the names of the rest.
pub fn undisturbed(results: &Results, kind: Kind) -> (Vec<Ranking>, Vec<Row>) {
    let (mut rankings, mut disturbed) = (Vec::new(), Vec::new());
    for row in results.workloads().filter(|row| row.kind == kind) {
        match ranking(row).filter(|ranking| ranking.complete) {
            Some(ranking) => rankings.push(ranking),
            None => disturbed.push(row.name),
        }
    }
    (rankings, disturbed)
}

/// How many times as fast as sequential each other technique is over all undisturbed rows of this kind: the geometric mean, in
/// which a row counts as much as any other, however long it takes.
pub fn overall(results: &Results, kind: Kind) -> Vec<(Contestant, f64)> {
    let (rankings, _) = undisturbed(results, kind);
    if rankings.is_empty() {
        return Vec::new();
    }
    let overall = |who| {
        let factors = rankings
            .iter()
            .map(|row| Some(row.factor(Contestant::Sequential, who)?.middle.ln()));
        let sum: f64 = factors.sum::<Option<_>>()?;
        Some((who, (sum / rankings.len() as f64).exp()))
    };
    let others = Contestant::COLUMNS
        .into_iter()
        .filter(|who| *who != Contestant::Sequential);
    others.filter_map(overall).collect()
}

/// How far `who` was behind the fastest in the rows of this kind: within reach in at least half of them, beyond it in most.
pub fn behind_in_most(results: &Results, kind: Kind, who: Contestant) -> Behind {
    let rows = results.workloads().filter(|row| row.kind == kind);
    let behind: Vec<_> = rows.map(|row| behind(row, who)).collect();
    let count = |which| behind.iter().filter(|it| **it == which).count();
    if behind.is_empty() {
        Behind::Undecided
    } else if 2 * count(Behind::Within) >= behind.len() {
        Behind::Within
    } else if 2 * count(Behind::Beyond) > behind.len() {
        Behind::Beyond
    } else {
        Behind::Undecided
    }
}

/// How far `who` was behind the fastest of a row.
pub fn behind(row: &Experiment, who: Contestant) -> Behind {
    ranking(row).map_or(Behind::Undecided, |ranking| ranking.behind(who))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::model::run::Run;
    use crate::model::technique::Contestant::*;
    use crate::model::technique::Runner::BareLoop;

    fn took(seconds: f64) -> impl Fn(&mut Run) {
        move |run| run.wall = seconds
    }

    /// The contestants of a row that were not surely beaten; none if it may not be ranked.
    fn fastest(row: &Experiment) -> Vec<Contestant> {
        ranking(row).map_or_else(Vec::new, |ranking| ranking.fastest())
    }

    #[test]
    fn a_technique_that_was_not_beaten_is_fastest_and_equals_tie() {
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
        let results = fixtures::results()
            .with(Row::Hashes, BareLoop, took(0.1))
            .with(Row::Hashes, Threading, took(0.5));
        assert_eq!(fastest(results.row(Row::Hashes)), [Threading]);
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
    fn a_technique_that_was_disturbed_neither_wins_nor_ties() {
        let results = fixtures::results().with(Row::Hashes, Asyncio, |run| {
            run.wall = 0.1;
            run.noise = Some(fixtures::BUSY);
        });
        assert!(!fastest(results.row(Row::Hashes)).contains(&Asyncio));
        assert!(fastest(results.row(Row::Hashes)).contains(&Threading));
    }

    #[test]
    fn a_single_run_makes_no_technique_the_fastest() {
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
            .only(&[Row::Lists, Row::Squares, Row::Hashes])
            .with(Row::Lists, Threading, took(0.5))
            .with(Row::Squares, Threading, took(0.5));
        assert_eq!(fastest_in_most(&results, Kind::Computing), [Threading]);
    }

    #[test]
    fn two_of_four_rows_make_most_of_them_and_one_does_not() {
        let four = [Row::Waiter, Row::Hello, Row::Sites, Row::Cats];
        let rows = [&four[..], &[Row::Lists]].concat();
        let one = fixtures::results().only(&rows);
        let one = one.with(Row::Cats, Threading, took(0.5));
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
    fn a_place_is_best_equal_or_not_decided_and_the_beaten_have_none() {
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

    #[test]
    fn one_that_is_alone_in_a_row_has_no_place_and_is_in_front_of_none() {
        let place = |results: Results| {
            let ranking = ranking(results.row(Row::Hashes)).unwrap();
            ranking.place(Threading).map(Place::word)
        };
        let faster = fixtures::results().with(Row::Hashes, Threading, took(0.5));
        let alone = faster.clone().among(&[Threading]);
        assert_eq!(fastest_in_most(&alone, Kind::Computing), []);
        assert_eq!(place(alone), None);
        assert_eq!(
            place(faster.clone().among(&[Threading, Asyncio])),
            Some("best")
        );
        let disturbed = faster.among(&[Threading, Asyncio]);
        let disturbed = disturbed.with(Row::Hashes, Asyncio, |run| {
            run.noise = Some(fixtures::BUSY);
        });
        assert_eq!(place(disturbed), Some("not decided"));
    }

    #[test]
    fn where_one_was_disturbed_no_other_is_best_or_in_front() {
        let busy = |run: &mut Run| {
            run.noise = Some(fixtures::BUSY);
        };
        let computing = [Row::Lists, Row::Squares, Row::Hashes];
        let three = fixtures::results().only(&computing);
        let calm = computing.iter().fold(three, |all, row| {
            all.with(*row, AsyncioMultiThread, took(0.5))
        });
        let place = |results: &Results, row, who| {
            let place = ranking(results.row(row)).unwrap().place(who);
            place.map(Place::word)
        };
        let loud = calm.with(Row::Lists, Threading, busy);
        let loud = loud.with(Row::Squares, Threading, busy);
        assert_eq!(place(&loud, Row::Hashes, AsyncioMultiThread), Some("best"));
        let disturbed = place(&loud, Row::Lists, AsyncioMultiThread);
        assert_eq!(disturbed, Some("not decided"));
        assert_eq!(place(&loud, Row::Lists, Asyncio), None, "it was beaten");
        // The one row that is left decides.
        let other = loud.with(Row::Hashes, Threading, took(0.25));
        assert_eq!(fastest_in_most(&other, Kind::Computing), [Threading]);
    }

    #[test]
    fn behind_the_fastest_is_within_three_hundredths_or_beyond_or_not_decided() {
        let behind = |results: &Results, who| behind(results.row(Row::Hashes), who);
        let calm = fixtures::results().with(Row::Hashes, Asyncio, took(1.029));
        assert_eq!(behind(&calm, Asyncio), Behind::Within);
        assert_eq!(behind(&calm, Threading), Behind::Within);
        let slow = calm.with(Row::Hashes, Asyncio, took(1.031));
        assert_eq!(behind(&slow, Asyncio), Behind::Beyond);
        let round = std::cell::Cell::new(0);
        let rough = slow.with(Row::Hashes, Multiprocessing, |run| {
            round.set(round.get() + 1);
            run.wall = if round.get() % 2 == 0 { 0.9 } else { 1.1 };
        });
        assert_eq!(behind(&rough, Multiprocessing), Behind::Undecided);
        assert_eq!(behind(&rough, Threading), Behind::Undecided);
        assert_eq!(behind(&rough, Asyncio), Behind::Beyond, "threads beat it");
    }

    #[test]
    fn where_one_was_disturbed_no_other_is_known_to_be_near_the_fastest() {
        let results = fixtures::results()
            .with(Row::Hashes, Threading, took(1.1))
            .with(Row::Hashes, Asyncio, |run| {
                run.noise = Some(fixtures::BUSY);
            });
        let behind = |who| behind(results.row(Row::Hashes), who);
        assert_eq!(behind(Multiprocessing), Behind::Undecided);
        assert_eq!(behind(Threading), Behind::Beyond);
        assert_eq!(behind(Asyncio), Behind::Undecided);
    }

    #[test]
    fn within_reach_in_half_of_the_rows_is_near_and_beyond_it_in_most_is_not() {
        let names = [Row::Waiter, Row::Hello, Row::Sites, Row::Cats];
        for (slow, expected) in [
            (1, Behind::Within),
            (2, Behind::Within),
            (3, Behind::Beyond),
        ] {
            let results = names[..slow]
                .iter()
                .fold(fixtures::results(), |results, name| {
                    results.with(*name, Asyncio, took(1.1))
                });
            let found = behind_in_most(&results, Kind::Waiting, Asyncio);
            assert_eq!(found, expected, "{slow}");
        }
    }

    #[test]
    fn one_row_of_three_is_not_half_and_two_of_four_are_not_most() {
        let slow = |names: [Row; 2]| {
            let names = names.into_iter();
            let all = [Row::Waiter, Row::Hello, Row::Sites, Row::Cats];
            let all = [&all[..], &[Row::Lists, Row::Squares, Row::Hashes]].concat();
            names.fold(fixtures::results().only(&all), |results, name| {
                results.with(name, Asyncio, took(1.1))
            })
        };
        let of_three = slow([Row::Lists, Row::Squares]);
        let found = behind_in_most(&of_three, Kind::Computing, Asyncio);
        assert_eq!(found, Behind::Beyond);
        let round = std::cell::Cell::new(0);
        let of_four = slow([Row::Waiter, Row::Hello]).with(Row::Sites, Asyncio, |run| {
            round.set(round.get() + 1);
            run.wall = if round.get() % 2 == 0 { 0.9 } else { 1.1 };
        });
        let found = behind_in_most(&of_four, Kind::Waiting, Asyncio);
        assert_eq!(found, Behind::Undecided);
    }

    #[test]
    fn an_interval_across_three_hundredths_is_neither_within_nor_beyond() {
        let at = |one: f64, other: f64| {
            let round = std::cell::Cell::new(0);
            let results = fixtures::results().with(Row::Hashes, Threading, |run| {
                round.set(round.get() + 1);
                run.wall = if round.get() % 2 == 0 { one } else { other };
            });
            behind(results.row(Row::Hashes), Threading)
        };
        assert_eq!(at(1.0, 1.001), Behind::Within);
        assert_eq!(at(1.01, 1.05), Behind::Undecided);
        assert_eq!(at(1.06, 1.061), Behind::Beyond);
    }

    #[test]
    fn of_two_techniques_one_is_behind_the_other_and_one_alone_behind_none() {
        let with = |who: &[Contestant]| {
            let mut results = fixtures::results();
            for row in &mut results.experiments {
                row.cells.retain(|cell| cell.is_of(who));
            }
            behind(results.row(Row::Lists), Threading)
        };
        assert_eq!(with(&[Threading, Asyncio]), Behind::Within);
        assert_eq!(with(&[Threading]), Behind::Undecided);
    }

    #[test]
    fn half_of_the_rows_are_most_and_a_row_beyond_of_two_is_not() {
        let two = |change: &dyn Fn(Results) -> Results| {
            let mut results = change(fixtures::results());
            results
                .experiments
                .retain(|row| [Row::Lists, Row::Squares].contains(&row.name));
            results
        };
        let rough = |results: Results, name| {
            let round = std::cell::Cell::new(0);
            results.with(name, Threading, |run| {
                round.set(round.get() + 1);
                run.wall = if round.get() % 2 == 0 { 0.9 } else { 1.2 };
            })
        };
        let of = |results: Results| behind_in_most(&results, Kind::Computing, Threading);
        let beyond = |results: Results, name| results.with(name, Threading, took(2.0));
        let one = two(&|results| rough(beyond(results, Row::Lists), Row::Squares));
        assert_eq!(of(one), Behind::Undecided);
        let both = two(&|results| beyond(beyond(results, Row::Lists), Row::Squares));
        assert_eq!(of(both), Behind::Beyond);
        let shared = two(&|results| {
            let results = results.with(Row::Lists, Threading, took(0.5));
            results.with(Row::Squares, Multiprocessing, took(0.5))
        });
        assert_eq!(
            fastest_in_most(&shared, Kind::Computing),
            [Threading, Multiprocessing]
        );
    }
}
