//! Columns of text on a terminal.

use anstyle::Style;

/// A piece of text with its style. Wrapped to the width of its column, it may become several lines.
pub type Piece = (Style, String);

/// Columns of fixed widths, one space apart.
pub struct Grid {
    columns: Vec<(usize, Align)>,
}

/// Where in its column a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// At the left: words.
    Left,
    /// At the right: numbers.
    Right,
}

impl Grid {
    /// Columns with these widths.
    pub fn new(columns: impl IntoIterator<Item = (usize, Align)>) -> Self {
        Self {
            columns: columns.into_iter().collect(),
        }
    }

    /// A row: for each column the pieces that stand one under the other.
    pub fn row(&self, cells: &[Vec<Piece>]) -> String {
        let cells: Vec<Vec<Piece>> = cells
            .iter()
            .zip(&self.columns)
            .map(|(pieces, (width, _))| wrap(pieces, *width))
            .collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or_default();
        (0..height).map(|line| self.line(&cells, line)).collect()
    }

    /// A line across all columns.
    pub fn rule(&self) -> String {
        let width: usize = self.columns.iter().map(|(width, _)| width + 1).sum();
        format!("{}\n", "─".repeat(width - 1))
    }

    fn line(&self, cells: &[Vec<Piece>], number: usize) -> String {
        let mut line = String::new();
        // Spaces are held back until something follows, so that no line ends in them.
        let mut spaces = 0;
        for (pieces, (width, align)) in cells.iter().zip(&self.columns) {
            let piece = pieces.get(number).filter(|(_, text)| !text.is_empty());
            if let Some((style, text)) = piece {
                let room = width.saturating_sub(text.chars().count());
                let (before, after) = match align {
                    Align::Left => (0, room),
                    Align::Right => (room, 0),
                };
                line += &" ".repeat(spaces + before);
                line += &format!("{style}{text}{style:#}");
                spaces = after + 1;
            } else {
                spaces += width + 1;
            }
        }
        line + "\n"
    }
}

/// The pieces as lines of at most `width` characters, broken between words where that is possible.
fn wrap(pieces: &[Piece], width: usize) -> Vec<Piece> {
    let mut lines = Vec::new();
    for (style, text) in pieces {
        let mut line = String::new();
        for word in text.split_whitespace() {
            let mut word: Vec<char> = word.chars().collect();
            let room = width.saturating_sub(line.chars().count() + 1);
            if !line.is_empty() && word.len() > room {
                lines.push((*style, std::mem::take(&mut line)));
            }
            while word.len() > width {
                // Behind a hyphen, if there is one.
                let hyphen = word[..width].iter().rposition(|letter| *letter == '-');
                let part = hyphen.map_or(width, |place| place + 1);
                lines.push((*style, word.drain(..part).collect()));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.extend(word);
        }
        lines.push((*style, line));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Vec<Piece> {
        vec![(Style::new(), text.to_owned())]
    }

    #[test]
    fn text_wraps_between_words_and_stays_in_its_column() {
        let grid = Grid::new([(6, Align::Left), (5, Align::Right)]);
        let row = grid.row(&[plain("one two three"), plain("12345678")]);
        assert_eq!(row, "one    12345\ntwo      678\nthree\n");
        let row = grid.row(&[plain("one-core was"), plain("")]);
        assert_eq!(row, "one-\ncore\nwas\n");
    }

    #[test]
    fn no_line_ends_in_spaces() {
        let grid = Grid::new([(6, Align::Left), (5, Align::Left)]);
        assert_eq!(grid.row(&[plain("a"), plain("b")]), "a      b\n");
        assert_eq!(grid.row(&[plain("a"), vec![]]), "a\n");
    }
}
