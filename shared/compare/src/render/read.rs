//! `make read`: the same file of two techniques, side by side in a terminal.
//!
//! The mark between the columns says what the colours say: `|` differs, `<` and `>` are on one side only.

use anstyle::{AnsiColor, Effects, Style};
use anyhow::ensure;

use crate::model::options::{Read, wrong};
use crate::output;
use crate::render::page::align::{align, shared_pieces};
use crate::render::page::highlight::{Class, Language, pieces};
use crate::render::page::source::{ALL, CLUSTER, Sources, TECHNIQUES};
use crate::render::terminal;

/// Columns of output that is not a terminal.
const WIDTH: usize = 160;

/// Prints two techniques side by side.
///
/// # Errors
///
/// If there is no such file or technique, or they cannot be printed.
pub fn main(read: &Read) -> anyhow::Result<()> {
    let names = || {
        ALL.iter()
            .map(|sources| sources.name())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let sources = Sources::of(&read.workload).ok_or_else(|| {
        let names = names();
        wrong(format!(
            "no file is called '{}'; there are {names}",
            read.workload
        ))
    })?;
    let text = |technique: &str| {
        let text = sources.text(technique);
        text.ok_or_else(|| match technique {
            CLUSTER => wrong(format!("{CLUSTER} has no {}", sources.name())),
            _ => {
                let names = TECHNIQUES.join(", ");
                wrong(format!(
                    "no technique is called '{technique}'; there are {names} and {CLUSTER}"
                ))
            }
        })
    };
    let (one, other) = (text(&read.one)?, text(&read.other)?);
    let width = terminal::columns().unwrap_or(WIDTH);
    ensure!(
        width >= 60,
        "two columns need a terminal of at least 60 columns, this one has {width}"
    );
    let width = (width - 3) / 2;
    output::print(&side_by_side((&read.one, one), (&read.other, other), width))
}

/// Both texts, each in columns of this width.
fn side_by_side(
    (name, one): (&str, &str),
    (other_name, other): (&str, &str),
    width: usize,
) -> String {
    let files = [one.lines().collect::<Vec<_>>(), other.lines().collect()];
    let bold = Style::new().bold();
    let mut text = format!("{bold}{name:width$}   {other_name}{bold:#}\n");
    for row in align(&files) {
        let lines = [
            row[0].map(|line| files[0][line]),
            row[1].map(|line| files[1][line]),
        ];
        let (mark, color) = match lines {
            [Some(one), Some(other)] if one.trim() == other.trim() => (' ', None),
            [Some(_), Some(_)] => ('|', Some(AnsiColor::Yellow)),
            [Some(_), None] => ('<', Some(AnsiColor::Red)),
            _ => ('>', Some(AnsiColor::Green)),
        };
        let cells = [
            cell(lines[0], lines[1], color, width),
            cell(lines[1], lines[0], color, width),
        ];
        for part in 0..cells[0].len().max(cells[1].len()) {
            let piece = |cell: &[(usize, String)]| cell.get(part).cloned().unwrap_or_default();
            let ((used, left), (_, right)) = (piece(&cells[0]), piece(&cells[1]));
            let mark = if part == 0 { mark } else { ' ' };
            let line = format!("{left}{:room$} {mark} {right}", "", room = width - used);
            text += line.trim_end();
            text.push('\n');
        }
    }
    text
}

/// A line in lines of at most `width` columns, each with its own width, and the pieces that `other` lacks in colour.
fn cell(
    line: Option<&str>,
    other: Option<&str>,
    color: Option<AnsiColor>,
    width: usize,
) -> Vec<(usize, String)> {
    let Some(line) = line else {
        return vec![(0, String::new())];
    };
    let shared = other.map(|other| shared_pieces(Language::Rust, line, other));
    let mut rows = vec![(0, String::new())];
    for (place, (class, piece)) in pieces(Language::Rust, line).into_iter().enumerate() {
        // A line that goes on begins with its next word.
        if class == Class::Space && rows.len() > 1 && rows.last().is_some_and(|row| row.0 == 4) {
            continue;
        }
        // A space shows no colour, and at the end of a row it goes.
        let color = color.filter(|_| class != Class::Space);
        let differs = color.filter(|_| shared.as_ref().is_none_or(|shared| !shared[place]));
        let style = differs.map_or(Style::new(), |color| {
            color.on_default().effects(Effects::BOLD)
        });
        let mut letters: Vec<char> = piece.chars().collect();
        while !letters.is_empty() {
            let (used, text) = rows.last_mut().expect("there is always a row");
            let fits = letters.len() <= width - *used;
            // A piece moves to the next row as a whole, unless it is longer than a row.
            if !fits && *used > 0 && letters.len() <= width - 4 {
                rows.push((4, "    ".to_owned()));
                continue;
            }
            let part: String = letters.drain(..letters.len().min(width - *used)).collect();
            *used += part.chars().count();
            *text += &format!("{style}{part}{style:#}");
            if !letters.is_empty() {
                rows.push((4, "    ".to_owned()));
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_marked_even_without_colour() {
        let text = side_by_side(
            ("a", "fn run() {\n    old();\n}"),
            ("b", "fn run() {\n    old().await;\n    new();\n}"),
            30,
        );
        let plain = anstream::adapter::strip_str(&text).to_string();
        let marks: String = plain
            .lines()
            .map(|line| line.chars().nth(31).unwrap_or(' '))
            .collect();
        assert_eq!(marks, "  |> ", "{plain}");
    }

    #[test]
    fn no_line_is_wider_than_two_columns_and_none_is_lost() {
        let pairs = [
            ("sequential", "asyncio"),
            ("threading", "multiprocessing"),
            ("threading", CLUSTER),
        ];
        for sources in ALL {
            for (one, other) in pairs {
                let (Some(left), Some(right)) = (sources.text(one), sources.text(other)) else {
                    assert_eq!(other, CLUSTER, "{}", sources.name());
                    continue;
                };
                let text = side_by_side((one, left), (other, right), 38);
                let plain = anstream::adapter::strip_str(&text).to_string();
                for line in plain.lines() {
                    assert!(line.chars().count() <= 79, "{line}");
                    assert_eq!(line, line.trim_end());
                }
                let columns = |start: usize| {
                    plain
                        .lines()
                        .skip(1)
                        .flat_map(move |line| line.chars().skip(start).take(38))
                        .filter(|c| !c.is_whitespace())
                        .collect::<String>()
                };
                let expected = |text: &str| {
                    text.chars()
                        .filter(|c| !c.is_whitespace())
                        .collect::<String>()
                };
                assert_eq!(columns(0), expected(left));
                assert_eq!(columns(41), expected(right));
            }
        }
    }
}
