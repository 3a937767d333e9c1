//! The report on a terminal: 80 columns, as readable without colour as with it.

use anstyle::{AnsiColor, Style};
use comfy_table::{
    Cell as Field, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table,
    TableStyle, Width,
};

use crate::conclude::{self, Fate, Finding};
use crate::contestant::Contestant;
use crate::floor;
use crate::quantity::{bytes, times};
use crate::rank::fastest;
use crate::results::{Experiment, NotMeasured, Results};

const WIDTH: u16 = 80;

const HEADING: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const DIM: Style = Style::new().dimmed();

/// Prints the whole report.
pub fn print(results: &Results) {
    anstream::println!("{}", header(results));
    anstream::println!("{}", workloads(results));
    anstream::println!("{}", conclusion(results));
}

fn paint(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

fn heading(title: &str, note: &str) -> String {
    format!("\n{}  {}\n", paint(HEADING, title), paint(DIM, note))
}

fn header(results: &Results) -> String {
    let machine = &results.machine;
    format!(
        "\n{}\n{}, {} cores, {}\n{}, {}\ncommit {}, {}\n",
        paint(HEADING, "The concurrency story, measured"),
        machine.cpu,
        machine.cores,
        bytes(machine.memory as f64),
        machine.kernel,
        machine.compiler,
        machine.commit,
        machine.date,
    )
}

fn workloads(results: &Results) -> String {
    let mut text = heading(
        "Workloads",
        "median seconds, half of the 95% interval, multiple of the floor",
    );
    let mut table = grid(&[16, 11, 11, 11, 11, 11, 8]);
    let names = [
        "",
        "sequential",
        "threading",
        "multi-\nprocessing",
        "asyncio",
        "asyncio,\nmulti-thread",
        "floor",
    ];
    table.set_header(names.map(|name| Field::new(name).set_alignment(CellAlignment::Right)));
    for row in results.workloads() {
        table.add_row(workload(row));
    }
    text += &table.to_string();
    text
}

fn workload(row: &Experiment) -> Vec<Field> {
    let fastest = fastest(row);
    let floor = floor::floor(row);
    let name = format!("{}\n{}", paint(HEADING, &row.name), row.label);
    let mut fields = vec![Field::new(name)];
    for technique in Contestant::TECHNIQUES {
        let text = cell(row, technique, &fastest, floor.as_ref().ok().copied());
        fields.push(Field::new(text).set_alignment(CellAlignment::Right));
    }
    let floor = floor.map_or("?".to_owned(), |floor| format!("{floor:.3}"));
    fields.push(Field::new(floor).set_alignment(CellAlignment::Right));
    fields
}

fn cell(
    row: &Experiment,
    technique: Contestant,
    fastest: &[Contestant],
    floor: Option<f64>,
) -> String {
    let Some(cell) = row.cell(technique) else {
        return "-".to_owned();
    };
    let wall = match cell.wall() {
        Ok(wall) => wall,
        Err(_) => return paint(BAD, "FAILED"),
    };
    let median = format!("{:.3}", wall.median);
    let won = fastest.contains(&technique);
    let median = if won {
        paint(GOOD.bold(), median)
    } else {
        median
    };
    let spread = format!("±{:.1}%", 100.0 * wall.spread());
    let above = floor.map_or(String::new(), |floor| times(wall.median / floor));
    let mut text = format!("{median}\n{spread}\n{above}");
    if won {
        let sequential = row.cell(Contestant::Sequential).map(|cell| cell.wall());
        if let Some(Ok(sequential)) = sequential {
            let rank = if fastest.len() > 1 { "tie" } else { "best" };
            text += &format!("\n{rank} {}", times(sequential.median / wall.median));
        }
    }
    text
}

fn conclusion(results: &Results) -> String {
    let mut text = heading(
        "Conclusion",
        "verdict, number, and what becomes of Python's claim",
    );
    let mut table = grid(&[12, 16, 16, 16, 16]);
    let mut names = vec![Field::new("")];
    names.extend(Contestant::CONCLUDED.map(|who| Field::new(paint(HEADING, who))));
    table.set_header(names);
    for row in conclude::conclude(results) {
        let mut fields = vec![Field::new(row.feature)];
        fields.extend(
            row.findings
                .iter()
                .map(|finding| Field::new(entry(finding))),
        );
        table.add_row(fields);
    }
    text += &table.to_string();
    text
}

fn entry(finding: &Result<Finding, NotMeasured>) -> String {
    match finding {
        Ok(finding) => {
            let mut text = paint(HEADING, &finding.verdict);
            if !finding.number.is_empty() {
                text += &format!("\n{}", finding.number);
            }
            if let Some((claim, fate)) = finding.claim {
                text += &match fate {
                    Fate::Holds => format!("\n{}", paint(GOOD, format!("\"{claim}\" holds"))),
                    Fate::Changed => {
                        format!("\n{}", paint(DIM, format!("\"{claim}\" has changed")))
                    }
                    Fate::Refuted => format!("\n{}", paint(BAD, format!("\"{claim}\" is refuted"))),
                };
            }
            text
        }
        Err(missing) => missing.to_string(),
    }
}

fn grid(widths: &[u16]) -> Table {
    let mut table = Table::new();
    table.load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')));
    table.set_width(WIDTH);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    for (column, width) in table.column_iter_mut().zip(widths) {
        column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(*width)));
        column.set_padding((0, 1));
    }
    table
}
