//! A table, before it is known where it is printed: on a terminal, as columns or, where these have no room, as blocks; or as
//! Markdown.

use anstyle::{AnsiColor, Style};
use comfy_table::{
    CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table as Columns, TableStyle,
    Width, presets,
};
use shared::trace::wrapped;
use textwrap::core::display_width;

/// What a piece of text means for its reader. Its words say the same: without colour nothing is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Plain,
    /// What the eye should find first.
    Strong,
    /// What explains something else.
    Dim,
    Good,
    Mixed,
    Bad,
    /// What is not decided.
    Open,
    /// What other programs disturbed.
    Noisy,
}

impl Tone {
    /// On a terminal.
    pub fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Strong => Style::new().bold(),
            Self::Dim => Style::new().dimmed(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Mixed => AnsiColor::Yellow.on_default(),
            Self::Bad | Self::Noisy => AnsiColor::Red.on_default(),
            Self::Open => Style::new().dimmed(),
        }
    }

    fn on_terminal(self, text: &str) -> String {
        let style = self.style();
        format!("{style}{text}{style:#}")
    }

    fn in_markdown(self, text: &str) -> String {
        let text = text.replace('|', "\\|");
        match self {
            Self::Plain | Self::Dim | Self::Open => text,
            Self::Strong => format!("**{text}**"),
            Self::Good | Self::Mixed | Self::Bad | Self::Noisy => format!("*{text}*"),
        }
    }
}

/// A piece of text in a tone.
pub type Piece = (Tone, String);

/// What stands in one place of a table: lines, each of pieces.
#[derive(Clone, Debug, Default)]
pub struct Cell(Vec<Vec<Piece>>);

impl Cell {
    /// One line of these pieces.
    pub fn line(pieces: impl IntoIterator<Item = Piece>) -> Self {
        Self(vec![pieces.into_iter().collect()])
    }

    /// A line for each piece.
    pub fn lines(pieces: impl IntoIterator<Item = Piece>) -> Self {
        Self(pieces.into_iter().map(|piece| vec![piece]).collect())
    }

    /// One line of plain text.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::line([(Tone::Plain, text.into())])
    }

    /// Nothing to show: [`Table::add`] leaves out a column in which nothing else stands.
    pub fn nothing() -> Self {
        Self::default()
    }

    fn is_nothing(&self) -> bool {
        self.0.is_empty()
    }

    /// Its lines, with their tones as `written`.
    fn written(&self, written: fn(Tone, &str) -> String) -> Vec<String> {
        if self.is_nothing() {
            return vec![written(Tone::Dim, "-")];
        }
        let line = |pieces: &Vec<Piece>| {
            let pieces = pieces.iter().filter(|(_, text)| !text.is_empty());
            let pieces: Vec<_> = pieces.map(|(tone, text)| written(*tone, text)).collect();
            pieces.join(" ")
        };
        self.0.iter().map(line).collect()
    }
}

/// Where the text of a column stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// At the left.
    Words,
    /// At the right.
    Numbers,
}

/// The lines of a cell, as they are shown; none, if it shows nothing.
pub type Lines = [Vec<Piece>];

/// Rows under heads.
#[derive(Debug)]
pub struct Table {
    heads: Vec<(String, Column)>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without rows. The first column names them.
    pub fn new(heads: impl IntoIterator<Item = (impl Into<String>, Column)>) -> Self {
        let heads = heads.into_iter();
        Self {
            heads: heads.map(|(head, column)| (head.into(), column)).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row, with a cell for each head.
    pub fn add(&mut self, row: impl IntoIterator<Item = Cell>) {
        let row: Vec<_> = row.into_iter().collect();
        debug_assert_eq!(row.len(), self.heads.len());
        self.rows.push(row);
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The columns in which something stands.
    fn columns(&self) -> Vec<usize> {
        let something = |column: &usize| self.rows.iter().any(|row| !row[*column].is_nothing());
        (0..self.heads.len()).filter(something).collect()
    }

    /// The heads of the columns in which something stands, and for each row the lines of its cells in them; none where a cell
    /// shows nothing.
    pub fn shown(&self) -> (Vec<&str>, Vec<Vec<&Lines>>) {
        let columns = self.columns();
        let heads = columns.iter().map(|column| self.heads[*column].0.as_str());
        let rows = self.rows.iter().map(|row| {
            let cells = columns.iter().map(|column| row[*column].0.as_slice());
            cells.collect()
        });
        (heads.collect(), rows.collect())
    }

    /// For a terminal of this width: as columns if they have room, if need be with several lines in a place; else a block for
    /// each row.
    pub fn on_terminal(&self, width: usize) -> String {
        loose(&self.glued().laid_out(width))
    }

    fn laid_out(&self, width: usize) -> String {
        const NARROW: usize = 12;
        let columns = self.columns();
        if self.fits(&columns, width) {
            return self.as_columns(&columns, width);
        }
        let mut folded = (NARROW..width).rev().map(|most| self.folded(most));
        match folded.find(|table| table.fits(&columns, width)) {
            Some(table) => table.as_columns(&columns, width),
            None => self.as_blocks(&columns, width),
        }
    }

    /// The same, in which no line ends between a number and its unit.
    fn glued(&self) -> Self {
        let piece = |(tone, text): &Piece| (*tone, glued(text));
        let line = |line: &Vec<Piece>| line.iter().map(piece).collect();
        let cell = |cell: &Cell| Cell(cell.0.iter().map(line).collect());
        let rows = self.rows.iter();
        Self {
            heads: self.heads.clone(),
            rows: rows.map(|row| row.iter().map(cell).collect()).collect(),
        }
    }

    /// Whether these columns have room.
    fn fits(&self, columns: &[usize], width: usize) -> bool {
        let least = columns.iter().map(|column| self.least_width(*column) + 1);
        least.sum::<usize>() <= width + 1
    }

    /// The same with lines that are broken between their pieces where they are wider than this.
    fn folded(&self, most: usize) -> Self {
        let cell = |cell: &Cell| Cell(cell.0.iter().flat_map(|line| broken(line, most)).collect());
        let rows = self.rows.iter();
        Self {
            heads: self.heads.clone(),
            rows: rows.map(|row| row.iter().map(cell).collect()).collect(),
        }
    }

    /// Below which width a column would break words, short lines, or lines of several pieces.
    fn least_width(&self, column: usize) -> usize {
        const SHORT: usize = 14;
        let least = |pieces: &Vec<Piece>| {
            let width = pieces
                .iter()
                .map(|(_, text)| display_width(text) + 1)
                .sum::<usize>();
            let words = pieces.iter().flat_map(|(_, text)| text.split(' '));
            match pieces.len() {
                1 => width
                    .saturating_sub(1)
                    .min(SHORT)
                    .max(words.map(display_width).max().unwrap_or_default()),
                _ => width.saturating_sub(1),
            }
        };
        let lines = self.rows.iter().flat_map(|row| &row[column].0);
        let head = self.head(column);
        let head = head.lines().map(display_width);
        lines.map(least).chain(head).max().unwrap_or_default()
    }

    /// The head of a column, in lines that a name of several words makes no wider than its numbers.
    fn head(&self, column: usize) -> String {
        const NARROW: usize = 12;
        let options = textwrap::Options::new(NARROW).break_words(false);
        textwrap::fill(&self.heads[column].0, options)
    }

    fn as_columns(&self, columns: &[usize], width: usize) -> String {
        const RULE: TableStyle = presets::NOTHING.header_separator(LineStyle::none().fill('─'));
        let of_several_lines = self.rows.iter().flatten().any(|cell| cell.0.len() > 1);
        let style = match of_several_lines {
            true => RULE.row_separator(LineStyle::none().fill(' ')),
            false => RULE,
        };
        let mut table = Columns::new();
        table
            .load_style(style)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width as u16);
        let heads = columns.iter().map(|column| self.head(*column));
        table.set_header(heads.map(|head| Tone::Strong.on_terminal(&head)));
        for row in &self.rows {
            let cells = columns.iter().map(|column| &row[*column]);
            table.add_row(cells.map(|cell| cell.written(Tone::on_terminal).join("\n")));
        }
        for (place, column) in columns.iter().enumerate() {
            let last = place + 1 == columns.len();
            let shown = table.column_mut(place).expect("every head makes a column");
            shown.set_padding((0, u16::from(!last)));
            // There is room for that, and the layout would break words to give all columns the same width.
            let least = self.least_width(*column) as u16 + u16::from(!last);
            shown.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least)));
            shown.set_cell_alignment(match self.heads[*column].1 {
                Column::Words => CellAlignment::Left,
                Column::Numbers => CellAlignment::Right,
            });
        }
        table.trim_fmt() + "\n"
    }

    fn as_blocks(&self, columns: &[usize], width: usize) -> String {
        let Some((first, others)) = columns.split_first() else {
            return String::new();
        };
        let widest = others
            .iter()
            .map(|column| display_width(&self.heads[*column].0))
            .max();
        let left = widest.unwrap_or_default() + 4;
        let mut text = String::new();
        let mut gap = "";
        for row in &self.rows {
            text += gap;
            text += &paragraph(&row[*first].written(Tone::on_terminal).join("  "), width, 0);
            for column in others {
                let head = &self.heads[*column].0;
                let lines = row[*column].written(Tone::on_terminal).join("; ");
                text += &paragraph(&format!("  {head:<0$}{lines}", left - 2), width, left);
            }
            gap = "\n";
        }
        text
    }

    /// As Markdown has them.
    pub fn in_markdown(&self) -> String {
        let columns = self.columns();
        let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let heads = columns.iter().map(|column| self.heads[*column].0.clone());
        let mut text = row(heads.collect()).replace("|  |", "| |");
        let rules = columns.iter().map(|column| match self.heads[*column].1 {
            Column::Words => "---|",
            Column::Numbers => "--:|",
        });
        text += &format!("|{}\n", rules.collect::<String>());
        for cells in &self.rows {
            let cells = columns.iter().map(|column| &cells[*column]);
            text += &row(cells
                .map(|cell| cell.written(Tone::in_markdown).join("<br>"))
                .collect());
        }
        text
    }
}

/// A line as lines that are no wider than this, but for single pieces that are.
fn broken(line: &[Piece], most: usize) -> Vec<Vec<Piece>> {
    let (mut lines, mut taken) = (vec![Vec::new()], 0);
    for piece in line {
        let width = display_width(&piece.1);
        if taken > 0 && taken + 1 + width > most {
            lines.push(Vec::new());
            taken = 0;
        }
        taken += width + usize::from(taken > 0);
        lines
            .last_mut()
            .expect("there is a first")
            .push(piece.clone());
    }
    lines
}

/// Text wrapped between words, every line but the first behind so many spaces. No word is broken: a path can be copied.
pub fn paragraph(text: &str, width: usize, indent: usize) -> String {
    loose(&wrapped(&glued(text), width, indent)) + "\n"
}

/// A blank at which no line ends.
const GLUE: char = '\u{a0}';

/// A text in which each number holds its unit.
pub fn glued(text: &str) -> String {
    const UNITS: [&str; 8] = ["ns", "µs", "ms", "s", "B", "KiB", "MiB", "GiB"];
    let words: Vec<&str> = text.split(' ').collect();
    let mut glued = String::new();
    for (place, word) in words.iter().enumerate() {
        let unit = word.trim_end_matches(|c: char| !c.is_alphanumeric());
        let before = place.checked_sub(1).map(|before| words[before]);
        let of_number = before.is_some_and(|word| word.ends_with(|c: char| c.is_ascii_digit()));
        match before {
            None => {}
            Some(_) if of_number && UNITS.contains(&unit) => glued.push(GLUE),
            Some(_) => glued.push(' '),
        }
        glued += word;
    }
    glued
}

/// The same text with plain blanks.
fn loose(text: &str) -> String {
    text.replace(GLUE, " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new([
            ("seconds", Column::Words),
            ("threading", Column::Numbers),
            ("asyncio", Column::Numbers),
            ("left out", Column::Numbers),
        ]);
        let timed = |time: &str, place: &str| {
            Cell::line([
                (Tone::Strong, time.to_owned()),
                (Tone::Good, place.to_owned()),
            ])
        };
        table.add([
            Cell::lines([
                (Tone::Strong, "waiter".to_owned()),
                (Tone::Dim, "5 tables".to_owned()),
            ]),
            timed("0.588", "equal"),
            timed("0.595", ""),
            Cell::nothing(),
        ]);
        table.add([
            Cell::lines([
                (Tone::Strong, "cats".to_owned()),
                (Tone::Dim, "a|b".to_owned()),
            ]),
            Cell::nothing(),
            timed("0.108", "best"),
            Cell::nothing(),
        ]);
        table
    }

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn columns_stand_where_they_have_room() {
        assert_eq!(
            plain(&table().on_terminal(80)),
            "seconds    threading    asyncio\n\
             ───────────────────────────────\n\
             waiter   0.588 equal      0.595\n\
             5 tables\n\
             \n\
             cats               - 0.108 best\n\
             a|b\n"
        );
    }

    #[test]
    fn without_room_each_row_is_a_block() {
        assert_eq!(
            plain(&table().on_terminal(25)),
            "waiter  5 tables\n  threading  0.588 equal\n  asyncio    0.595\n\
             \ncats  a|b\n  threading  -\n  asyncio    0.108 best\n"
        );
    }

    #[test]
    fn columns_without_room_for_a_line_have_several() {
        let mut table = Table::new([
            ("seconds", Column::Words),
            ("threading", Column::Numbers),
            ("asyncio", Column::Numbers),
        ]);
        let cell = |texts: [&str; 4]| Cell::line(texts.map(|text| (Tone::Plain, text.to_owned())));
        table.add([
            Cell::plain("cats"),
            cell(["0.590", "±3.1%", "2.80x", "not decided"]),
            cell(["0.588", "±2.2%", "2.81x", "best"]),
        ]);
        assert_eq!(
            plain(&table.on_terminal(60)),
            "seconds                     threading                asyncio\n\
             ────────────────────────────────────────────────────────────\n\
             cats    0.590 ±3.1% 2.80x not decided 0.588 ±2.2% 2.81x best\n"
        );
        assert_eq!(
            plain(&table.on_terminal(50)),
            "seconds         threading                asyncio\n\
             ────────────────────────────────────────────────\n\
             cats    0.590 ±3.1% 2.80x 0.588 ±2.2% 2.81x best\n\
             \u{20}             not decided\n"
        );
        assert!(plain(&table.on_terminal(28)).starts_with("cats\n  threading  0.590"));
    }

    #[test]
    fn markdown_escapes_what_would_end_a_cell() {
        assert_eq!(
            table().in_markdown(),
            "| seconds | threading | asyncio |\n|---|--:|--:|\n\
             | **waiter**<br>5 tables | **0.588** *equal* | **0.595** |\n\
             | **cats**<br>a\\|b | - | **0.108** *best* |\n"
        );
    }

    #[test]
    fn no_line_ends_between_a_number_and_its_unit() {
        let text = "waited 100 ms while another computed for 100 ms; 1 s of 12 slept in 9.52 KiB";
        for width in 10..80 {
            let mut table = Table::new([("number", Column::Words)]);
            table.add([Cell::plain(text)]);
            for lines in [paragraph(text, width, 2), plain(&table.on_terminal(width))] {
                let digit = |line: &str| line.ends_with(|c: char| c.is_ascii_digit());
                let ends: Vec<_> = lines.lines().filter(|line| digit(line)).collect();
                assert!(ends.iter().all(|line| line.ends_with("12")), "{lines}");
                let words = lines.split_whitespace().collect::<Vec<_>>().join(" ");
                assert!(words.ends_with(text), "{lines}");
            }
        }
    }

    #[test]
    fn no_word_is_broken_and_no_line_is_wider_than_it_must_be() {
        let path = "target/compare/runs/2026-11-29T06-57-31Z/index.html";
        let text = paragraph(&format!("To look at: {path} and more words"), 30, 2);
        assert_eq!(text, format!("To look at:\n  {path}\n  and more words\n"));
        for width in [60, 80, 120] {
            let mut table = Table::new([("", Column::Words), ("words", Column::Words)]);
            table.add([
                Cell::plain("one"),
                Cell::plain("several words ".repeat(30).trim()),
            ]);
            let text = table.on_terminal(width);
            assert!(
                plain(&text)
                    .lines()
                    .all(|line| display_width(line) <= width),
                "{text}"
            );
        }
    }

    #[test]
    fn a_head_is_whole_although_other_columns_could_use_its_room() {
        let techniques = ["sequential", "threading", "multiprocessing", "asyncio"];
        let heads = ["for"]
            .into_iter()
            .chain(techniques)
            .chain(["asyncio-multi-thread"]);
        let heads: [_; 6] = heads.collect::<Vec<_>>().try_into().unwrap();
        let mut table = Table::new(heads.map(|head| (head, Column::Words)));
        let long = || Cell::plain("memory of ten thousand of them at once");
        table.add([long(), long(), long(), Cell::plain("all"), long(), long()]);
        let text = plain(&table.on_terminal(80));
        assert!(text.contains("multiprocessing "), "{text}");
    }
}
