//! What all tables on a terminal share: styles, titles, paragraphs, and a column for each technique.

use anstyle::{AnsiColor, Style};

use super::grid::{Align, Grid, Piece};
use crate::model::technique::Contestant;

/// Columns of the terminal for which tables are made.
pub const WIDTH: usize = 80;

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
    let grid = Grid::new([(WIDTH, Align::Left)]);
    let lines = lines.iter().map(|line| grid.row(&[vec![plain(line)]]));
    lines.collect()
}

pub fn plain(text: impl Into<String>) -> Piece {
    (PLAIN, text.into())
}

/// The grid of all tables with a column for each technique, and its heads.
pub fn techniques(corner: &str, last: &str) -> (Grid, String) {
    const LEFT: usize = 16;
    const RIGHT: usize = 7;
    // Each column but the last is followed by a space.
    let width = (WIDTH - LEFT - 1 - RIGHT) / Contestant::TECHNIQUES.len() - 1;
    let middle = Contestant::TECHNIQUES.map(|_| (width, Align::Right));
    let columns = [(LEFT, Align::Left)].into_iter().chain(middle);
    let grid = Grid::new(columns.chain([(RIGHT, Align::Right)]));
    let heads = Contestant::TECHNIQUES.map(Contestant::head).into_iter();
    let heads = [corner].into_iter().chain(heads).chain([last]);
    let heads: Vec<_> = heads.map(|head| vec![(BOLD, head.to_owned())]).collect();
    let heads = grid.row(&heads) + &grid.rule();
    (grid, heads)
}
