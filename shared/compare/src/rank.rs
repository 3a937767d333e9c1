//! Who was fastest in a row, and who cannot be told from the fastest.

use crate::contestant::Contestant;
use crate::results::{Cell, Experiment, Kind, Results};
use crate::stats;

/// The contestants of a row that nobody surely beat: one is the fastest, several are a tie. None if the row may not be
/// ranked.
pub fn fastest(row: &Experiment) -> Vec<Contestant> {
    if row.verdict().is_err() {
        return Vec::new();
    }
    let techniques = || {
        let cells = row.cells.iter();
        cells.filter(|cell| cell.contestant != Contestant::BareLoop)
    };
    let unbeaten = techniques().filter(|cell| !techniques().any(|other| beats(other, cell)));
    unbeaten.map(|cell| cell.contestant).collect()
}

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
