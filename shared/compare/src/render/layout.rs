//! What all tables on a terminal share: styles, titles, paragraphs, and a column for each technique.

use anstyle::{AnsiColor, Style};

use super::grid::{Align, Grid, Piece};
use crate::model::technique::Contestant;

pub const PLAIN: Style = Style::new();
pub const BOLD: Style = Style::new().bold();
pub const DIM: Style = Style::new().dimmed();
pub const GOOD: Style = AnsiColor::Green.on_default();
pub const BAD: Style = AnsiColor::Red.on_default();
pub const SO_SO: Style = AnsiColor::Yellow.on_default();

pub fn title(title: &str, note: &str) -> String {
    let space = if note.is_empty() { "" } else { "  " };
    format!("\n{BOLD}{title}{BOLD:#}{space}{DIM}{note}{DIM:#}\n")
}

pub fn lines(lines: &[String]) -> String {
    let grid = Grid::new([(80, Align::Left)]);
    let lines = lines.iter().map(|line| grid.row(&[vec![plain(line)]]));
    lines.collect()
}

pub fn plain(text: impl Into<String>) -> Piece {
    (PLAIN, text.into())
}

/// The grid of all tables with a column for each technique, and its heads.
pub fn techniques(corner: &str, last: &str) -> (Grid, String) {
    let left = [(16, Align::Left)];
    let middle = [(10, Align::Right); Contestant::TECHNIQUES.len()];
    let right = [(7, Align::Right)];
    let grid = Grid::new(left.into_iter().chain(middle).chain(right));
    let heads = [
        corner,
        "sequential",
        "threading",
        "multi- processing",
        "asyncio",
        "asyncio, threads",
        last,
    ];
    let heads = grid.row(&heads.map(|head| vec![(BOLD, head.to_owned())])) + &grid.rule();
    (grid, heads)
}
