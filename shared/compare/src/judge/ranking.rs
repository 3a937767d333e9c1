//! Who was fastest in a row, and who cannot be told from the fastest.

use crate::judge::screening;
use crate::model::experiment::{Cell, Experiment, Kind};
use crate::model::results::Results;
use crate::model::stats;
use crate::model::technique::Contestant;

/// The contestants of a row that nobody surely beat: one is the fastest, several are a tie. Whoever was disturbed has no
/// place; nobody has one in a row that may not be ranked, or in which somebody ran only once: a single pair is no proof.
pub fn fastest(row: &Experiment) -> Vec<Contestant> {
    if screening::pass(row).is_err() {
        return Vec::new();
    }
    let techniques = || {
        let cells = row.cells.iter();
        cells.filter(|cell| cell.contestant != Contestant::BareLoop && !screening::noisy(cell))
    };
    if techniques().any(|cell| cell.runs().count() < FEWEST) {
        return Vec::new();
    }
    let unbeaten = techniques().filter(|cell| !techniques().any(|other| beats(other, cell)));
    unbeaten.map(|cell| cell.contestant).collect()
}

/// How often somebody has to run to be compared with others.
pub const FEWEST: usize = 2;

/// Whether `this` was surely faster than `that`, round by round.
fn beats(this: &Cell, that: &Cell) -> bool {
    let walls = |cell: &Cell| cell.runs().map(|run| run.wall).collect::<Vec<_>>();
    stats::ratio(&walls(this), &walls(that)).is_some_and(|ratio| stats::surely_less(&ratio))
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
    use crate::model::run::Run;
    use crate::model::technique::Contestant::*;

    fn took(seconds: f64) -> impl Fn(&mut Run) {
        move |run| run.wall = seconds
    }

    #[test]
    fn whoever_nobody_beat_is_fastest_and_equals_tie() {
        let results = fixtures::results().with("hashes", Threading, took(0.5));
        assert_eq!(fastest(results.row("hashes")), [Threading]);
        let results = results.with("hashes", Multiprocessing, took(0.501));
        assert_eq!(fastest(results.row("hashes")), [Threading, Multiprocessing]);
    }

    #[test]
    fn the_bare_loop_is_a_floor_and_no_winner() {
        let results = fixtures::results().with("hashes", BareLoop, took(0.1));
        assert!(!fastest(results.row("hashes")).contains(&BareLoop));
    }

    #[test]
    fn unequal_work_is_not_ranked() {
        let results = fixtures::results().with("cats", Asyncio, |run| {
            run.wall = 0.1;
            run.receipt.units = 0;
        });
        assert!(fastest(results.row("cats")).is_empty());
    }

    #[test]
    fn whoever_was_disturbed_neither_wins_nor_ties() {
        let results = fixtures::results().with("hashes", Asyncio, |run| {
            run.wall = 0.1;
            run.noise = Some(Noise {
                others: Some(0.5),
                stolen: None,
                pressure: None,
                queued: None,
            });
        });
        assert!(!fastest(results.row("hashes")).contains(&Asyncio));
        assert!(fastest(results.row("hashes")).contains(&Threading));
    }

    #[test]
    fn nobody_is_fastest_by_a_single_run() {
        let mut results = fixtures::results().with("hashes", Threading, took(0.5));
        let row = |results: &mut Results, rounds: usize| {
            let rows = &mut results.experiments;
            let row = rows.iter_mut().find(|row| row.name == "hashes").unwrap();
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
            .with("lists", Threading, took(0.5))
            .with("squares", Threading, took(0.5));
        assert_eq!(fastest_in_most(&results, Kind::Computing), [Threading]);
    }
}
