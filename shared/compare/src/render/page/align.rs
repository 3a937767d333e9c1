//! Files side by side: what is the same stands on the same line.

use std::ops::Range;

use super::highlight::{Class, Language, pieces};

/// A line of several files: for each, the number of its line there, if it has one.
pub type Row = Vec<Option<usize>>;

/// Lays files side by side, given their lines. No line is lost, none changes its place among its own.
///
/// Functions of one name stand beside each other, and within them the lines that are most alike.
pub fn align(files: &[Vec<&str>]) -> Vec<Row> {
    let parts: Vec<_> = files.iter().map(|file| functions(file)).collect();
    let names: Vec<Vec<&str>> = parts
        .iter()
        .map(|parts| parts.iter().map(|(name, _)| *name).collect())
        .collect();
    let exactly = |one: &str, other: &str| same(one == other);
    let mut rows = Vec::new();
    for part in merge(&names, exactly) {
        let ranges: Vec<_> = part
            .iter()
            .zip(&parts)
            .map(|(place, parts)| place.map_or(0..0, |place| parts[place].1.clone()))
            .collect();
        let lines: Vec<Vec<&str>> = ranges
            .iter()
            .zip(files)
            .map(|(range, file)| file[range.clone()].to_vec())
            .collect();
        for row in merge(&lines, likeness) {
            let numbers = row
                .iter()
                .zip(&ranges)
                .map(|(line, range)| line.map(|line| range.start + line));
            rows.push(numbers.collect());
        }
    }
    rows
}

/// The functions of a file, by name, with their lines, attributes and what follows them included. What stands before the
/// first has no name.
fn functions<'a>(file: &[&'a str]) -> Vec<(&'a str, Range<usize>)> {
    let mut starts = vec![("", 0)];
    for (place, line) in file.iter().enumerate() {
        let code = line.strip_prefix("pub ").unwrap_or(line);
        let code = code.strip_prefix("async ").unwrap_or(code);
        let function = code.strip_prefix("fn ").or(code.strip_prefix("def "));
        let Some(function) = function else {
            continue;
        };
        let name = function.split(['(', '<']).next().unwrap_or(function);
        let above = file[..place]
            .iter()
            .rev()
            .take_while(|line| ["#[", "///", "@"].iter().any(|mark| line.starts_with(mark)));
        starts.push((name, place - above.count()));
    }
    let ends = starts
        .iter()
        .skip(1)
        .map(|(_, start)| *start)
        .chain([file.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|((name, start), end)| (*name, *start..end))
        .collect()
}

/// Lays sequences side by side, one after another, each where it is most like those before.
fn merge(columns: &[Vec<&str>], likeness: impl Fn(&str, &str) -> f64) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for (column, items) in columns.iter().enumerate() {
        let likeness = |row: usize, item: usize| {
            let others = rows[row]
                .iter()
                .zip(columns)
                .filter_map(|(place, items)| Some(items[(*place)?]));
            others
                .map(|other| likeness(other, items[item]))
                .fold(0.0, f64::max)
        };
        let pairs = best_pairs(rows.len(), items.len(), likeness);
        let mut merged = Vec::new();
        let (mut row, mut item) = (0, 0);
        for (next_row, next_item) in pairs.into_iter().chain([(rows.len(), items.len())]) {
            for old in &rows[row.min(next_row)..next_row] {
                merged.push([old.clone(), vec![None]].concat());
            }
            for new in item..next_item {
                merged.push([vec![None; column], vec![Some(new)]].concat());
            }
            if next_row < rows.len() {
                merged.push([rows[next_row].clone(), vec![Some(next_item)]].concat());
            }
            (row, item) = (next_row + 1, next_item + 1);
        }
        rows = merged;
    }
    rows
}

/// For each piece of `line`, whether it is also in `other`, in the same order; white space counts as such.
pub fn shared_pieces(language: Language, line: &str, other: &str) -> Vec<bool> {
    let words = |text| {
        pieces(language, text)
            .into_iter()
            .enumerate()
            .filter(|(_, piece)| piece.0 != Class::Space)
    };
    let (mine, theirs): (Vec<_>, Vec<_>) = (words(line).collect(), words(other).collect());
    let mut shared: Vec<_> = pieces(language, line)
        .into_iter()
        .map(|piece| piece.0 == Class::Space)
        .collect();
    for (a, _) in best_pairs(mine.len(), theirs.len(), |a, b| {
        same(mine[a].1.1 == theirs[b].1.1)
    }) {
        shared[mine[a].0] = true;
    }
    shared
}

fn same(same: bool) -> f64 {
    f64::from(u8::from(same))
}

/// How much two lines are alike, from 0 to 1. What says little, such as a brace, counts little.
fn likeness(one: &str, other: &str) -> f64 {
    let (one, other) = (one.trim(), other.trim());
    let weight = if one.chars().any(char::is_alphabetic) {
        1.0
    } else {
        0.2
    };
    if one == other {
        return weight;
    }
    // Words are cut in much the same way in both languages.
    let words = |text| {
        pieces(Language::Rust, text)
            .into_iter()
            .filter(|piece| piece.0 != Class::Space)
            .map(|piece| piece.1)
    };
    let (mine, theirs): (Vec<_>, Vec<_>) = (words(one).collect(), words(other).collect());
    let common = best_pairs(mine.len(), theirs.len(), |a, b| same(mine[a] == theirs[b])).len();
    let share = 2.0 * common as f64 / (mine.len() + theirs.len()).max(1) as f64;
    if share > 0.55 {
        0.6 * weight * share * share
    } else {
        0.0
    }
}

/// The pairs of two sequences that are most alike in sum, in the order of both (Needleman and Wunsch, 1970).
fn best_pairs(
    mine: usize,
    theirs: usize,
    likeness: impl Fn(usize, usize) -> f64,
) -> Vec<(usize, usize)> {
    // best[a][b]: the most that can be had from the first a and the first b.
    let mut best = vec![vec![0.0; theirs + 1]; mine + 1];
    for a in 0..mine {
        for b in 0..theirs {
            let paired: f64 = best[a][b] + likeness(a, b);
            best[a + 1][b + 1] = paired.max(best[a][b + 1]).max(best[a + 1][b]);
        }
    }
    let mut pairs = Vec::new();
    let (mut a, mut b) = (mine, theirs);
    while a > 0 && b > 0 {
        if best[a][b] == best[a - 1][b] {
            a -= 1;
        } else if best[a][b] == best[a][b - 1] {
            b -= 1;
        } else {
            (a, b) = (a - 1, b - 1);
            pairs.push((a, b));
        }
    }
    pairs.reverse();
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_lines_share_a_row_and_no_line_is_lost() {
        let one = vec!["fn run() {", "    start(page);", "}"];
        let two = vec![
            "fn run() {",
            "    let pool = pool();",
            "    start(page, pool);",
            "}",
        ];
        let three = vec!["use a;", "fn run() {", "}"];
        let files = [one, two, three];
        let rows = align(&files);
        let expected = [
            [None, None, Some(0)],
            [Some(0), Some(0), Some(1)],
            [None, Some(1), None],
            [Some(1), Some(2), None],
            [Some(2), Some(3), Some(2)],
        ];
        assert_eq!(rows, expected);
        for (column, file) in files.iter().enumerate() {
            let lines: Vec<_> = rows.iter().filter_map(|row| row[column]).collect();
            assert_eq!(lines, (0..file.len()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn functions_of_one_name_stand_beside_each_other() {
        let one = vec![
            "use a;",
            "",
            "fn run() {",
            "    work();",
            "}",
            "",
            "#[mark]",
            "fn work() {",
            "    go();",
            "}",
        ];
        let two = vec![
            "use a;",
            "",
            "pub fn run() {",
            "    go();",
            "}",
            "",
            "#[mark]",
            "async fn work() {",
            "    go();",
            "}",
        ];
        let rows = align(&[one, two]);
        // `go` of the other's `run` does not stand beside `go` of `work`.
        assert!(
            rows.contains(&vec![Some(8), Some(8)]) && !rows.contains(&vec![Some(8), Some(3)]),
            "{rows:?}"
        );
        assert!(rows.contains(&vec![Some(7), Some(7)]), "{rows:?}");
    }

    #[test]
    fn the_pieces_that_differ_are_found() {
        let line = "let page = queue.recv().await;";
        let shared = shared_pieces(Language::Rust, line, "let page = queue.recv();");
        let own: String = pieces(Language::Rust, line)
            .iter()
            .zip(&shared)
            .filter(|(_, shared)| !**shared)
            .map(|(piece, _)| piece.1)
            .collect();
        assert_eq!(own, ".await");
    }
}
