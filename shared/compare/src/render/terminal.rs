//! The report on a terminal, as wide as it is, as readable without colour as with it.

use std::env;
use std::io;

use rustix::termios::tcgetwinsize;

use super::sections::{self, Part, Section};
use super::table::{Tone, paragraph};
use crate::judge::answer::Sentence;
use crate::judge::changes::Changes;
use crate::judge::report::Report;

/// Columns of the terminal, within what can be read; 80 where there is none.
pub fn width() -> usize {
    columns().unwrap_or(80).clamp(40, 140)
}

/// Columns of the terminal, as `COLUMNS` or the terminal itself says; nothing where there is none.
pub fn columns() -> Option<usize> {
    let asked = env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok());
    let seen = || Some(usize::from(tcgetwinsize(io::stdout()).ok()?.ws_col));
    asked.or_else(seen).filter(|columns| *columns > 0)
}

/// What a reader wants to know first, with what went wrong.
pub fn first(report: &Report, width: usize) -> String {
    let sections = sections::first(report).into_iter();
    let sections: Vec<_> = sections.chain(sections::remarks(report)).collect();
    printed(&sections, width)
}

/// The whole report.
pub fn whole(report: &Report, width: usize) -> String {
    printed(&sections::all(report), width)
}

/// What has changed since an older run.
pub fn changes(changes: &Changes, width: usize) -> String {
    printed(&[sections::changes(changes)], width)
}

/// These sections, one after another.
pub fn printed(sections: &[Section], width: usize) -> String {
    sections
        .iter()
        .map(|section| print(section, width))
        .collect()
}

fn print(section: &Section, width: usize) -> String {
    let [strong, dim] = [Tone::Strong, Tone::Dim].map(Tone::style);
    let title = format!("{strong}{}{strong:#}", section.title);
    let mut text = match section.note.as_str() {
        "" => format!("\n{title}\n"),
        note => format!(
            "\n{}",
            paragraph(&format!("{title}  {dim}{note}{dim:#}"), width, 2)
        ),
    };
    for part in &section.parts {
        text += "\n";
        text += &match part {
            Part::List(sentences) => sentences.iter().map(|it| paragraph(it, width, 2)).collect(),
            Part::Table(table) => table.on_terminal(width),
            Part::Answers(answers) => {
                let left = answers
                    .iter()
                    .map(|it| it.subject.len())
                    .max()
                    .unwrap_or_default();
                let answer = |it: &Sentence| {
                    let line = format!("{strong}{:<left$}{strong:#}  {}", it.subject, it.text);
                    paragraph(&line, width, left + 2)
                };
                answers.iter().map(answer).collect()
            }
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use textwrap::core::display_width;

    use super::*;
    use crate::fixtures;
    use crate::model::results::Results;
    use crate::model::rows::Row;
    use crate::model::technique::Contestant::*;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    fn of(results: &Results, width: usize) -> String {
        plain(&whole(&Report::of(results), width))
    }

    #[test]
    fn workloads_are_blocks_on_a_narrow_terminal_and_columns_on_a_wide_one() {
        let results = fixtures::results().with(Row::Hashes, Threading, |run| run.wall = 12.345);
        let head = |line: &str| line.starts_with("seconds ") && line.ends_with(" floor");
        for (width, columns) in [(60, false), (120, true), (140, true)] {
            let text = of(&results, width);
            assert_eq!(text.lines().any(head), columns, "{width}:\n{text}");
        }
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_or_ends_in_spaces() {
        let mut results = fixtures::results()
            .with(Row::Waiter, Sequential, |run| run.wall = 125.0)
            .with_failure(Row::Cats, Asyncio, &"a very long reason ".repeat(20))
            .with_ladder(Threading, &[1, 10, 100], 9000);
        results.pythons = vec![fixtures::python(&results)];
        for width in [60, 80, 120] {
            for line in of(&results, width).lines() {
                assert!(display_width(line) <= width, "{width}: {line}");
                assert_eq!(line, line.trim_end());
            }
        }
    }

    #[test]
    fn the_answer_fits_the_first_screen_and_the_rest_is_shown_on_request() {
        let report = Report::of(&fixtures::results());
        let text = plain(&first(&report, 80));
        let (answer, conclusion) = text.split_once("\nConclusion").unwrap();
        assert!(answer.lines().count() <= 20, "{answer}");
        assert!(conclusion.contains("scheduling") && !conclusion.contains("Workloads"));
        for section in [
            "The answer",
            "Conclusion",
            "Workloads",
            "How sure",
            "Resources",
            "Claims",
        ] {
            assert!(plain(&whole(&report, 80)).contains(section), "{section}");
        }
    }

    #[test]
    fn a_technique_that_did_not_take_part_has_no_column_and_no_section() {
        let mut results = fixtures::results();
        for row in &mut results.experiments {
            row.cells
                .retain(|cell| !cell.is_of(&[Multiprocessing, AsyncioMultiThread]));
        }
        results.experiments.retain(|row| row.name == Row::Waiter);
        results.ladders.clear();
        let text = of(&results, 80);
        assert!(
            text.contains("threading") && text.contains("Left out:"),
            "{text}"
        );
        for absent in [
            "multiprocessing  ",
            "asyncio-multi-thread  ",
            "\nLadder",
            "\nFloors",
            "\nLatencies",
            "\nWhen to use",
            "\nBreak-evens",
        ] {
            assert!(!text.contains(absent), "{absent}: {text}");
        }
    }

    #[test]
    fn a_failed_cell_is_shown_with_its_reason() {
        let results = fixtures::results().with_failure(Row::Cats, Asyncio, "page 7 is wrong");
        let text = of(&results, 80);
        assert!(text.contains("failed"), "{text}");
        let report = Report::of(&results);
        let first = plain(&first(&report, 80));
        assert!(
            first.contains("cats is not ranked: asyncio: page 7 is wrong"),
            "{first}"
        );
    }

    #[test]
    fn an_interrupted_run_says_so() {
        let mut results = fixtures::results();
        results.complete = false;
        assert!(plain(&first(&Report::of(&results), 80)).contains("interrupted"));
    }

    #[test]
    fn without_python_its_sections_are_left_out() {
        let mut results = fixtures::results();
        assert!(!of(&results, 80).contains("Beside Python"));
        results.pythons = vec![fixtures::python(&results)];
        let text = of(&results, 80);
        assert!(
            text.contains("Beside Python") && text.contains("together"),
            "{text}"
        );
    }
}
