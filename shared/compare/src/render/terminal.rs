//! The report on a terminal: 80 columns, as readable without colour as with it.

use super::grid::{Align, Grid, Piece};
use super::layout::{BAD, BOLD, DIM, GOOD, PLAIN, SO_SO, WIDTH, lines, plain, techniques, title};
use super::{guidance, latency, python};
use crate::judge::changes::Since;
use crate::judge::conclusion::Row;
use crate::judge::finding::{Fate, Finding};
use crate::judge::network::BadNetwork;
use crate::judge::report::Report;
use crate::judge::resources::Resources;
use crate::judge::workload::{Entry, Workload};
use crate::model::difference::EQUAL;
use crate::model::experiment::NotMeasured;
use crate::model::quantity::{give_or_take, more, percent, plain_seconds, times};
use crate::model::technique::Contestant;

/// The whole report.
pub fn render(report: &Report) -> String {
    let mut text = title("The concurrency story, measured", "");
    text += &lines(&report.header);
    text += &workloads(&report.workloads);
    text += "\n";
    text += &lines(&report.gates);
    if !report.resources.is_empty() {
        text += &resources(&report.resources);
    }
    text += &latency::terminal(&report.latencies);
    if let Some(network) = &report.network {
        text += &bad_network(network);
    }
    if !report.floors.is_empty() {
        text += &title("Floors", "how near to the possible");
        text += &lines(&report.floors);
    }
    if !report.ladders.is_empty() {
        text += &title("Ladder", "how many can be alive at once");
        text += &lines(&report.ladders);
    }
    text += &conclusion(&report.conclusion);
    if let Some(left_out) = &report.left_out {
        text += "\n";
        text += &lines(std::slice::from_ref(left_out));
    }
    text += &guidance::terminal(&report.when);
    text += &python::terminal(&report.beside);
    if !report.troubles.is_empty() {
        text += &title("Troubles", "");
        text += &lines(&report.troubles);
    }
    text
}

fn workloads(workloads: &[Workload]) -> String {
    let note = "median, half its interval, above the floor; x sequential's speed";
    let (grid, heads) = techniques("seconds", "floor");
    let mut text = title("Workloads", note) + &heads;
    let mut gap = "";
    for workload in workloads {
        text += gap;
        let mut cells = vec![vec![
            (BOLD, workload.name.clone()),
            (DIM, workload.label.clone()),
        ]];
        cells.extend(workload.entries.iter().map(entry));
        cells.push(vec![plain(
            workload.floor.map_or("?".into(), plain_seconds),
        )]);
        text += &grid.row(&cells);
        gap = "\n";
    }
    text
}

fn entry(entry: &Entry) -> Vec<Piece> {
    match entry {
        Entry::LeftOut => vec![(DIM, "-".to_owned())],
        Entry::Missing => vec![(BAD, "missing".to_owned())],
        Entry::Timed {
            wall,
            above,
            noisy,
            rank,
        } => {
            let style = if rank.is_some() { GOOD.bold() } else { PLAIN };
            let mut pieces = vec![
                (style, plain_seconds(wall.median)),
                (DIM, give_or_take(wall.spread())),
            ];
            pieces.extend(above.map(|above| (DIM, more(above))));
            if *noisy {
                pieces.push((BAD, "NOISY".to_owned()));
            } else if let Some(rank) = rank {
                let word = rank.place.word();
                let factor = rank
                    .factor
                    .map_or(String::new(), |factor| times(factor.middle));
                pieces.push((GOOD, format!("{word} {factor}").trim().to_owned()));
            }
            pieces
        }
    }
}

fn resources(resources: &[Resources]) -> String {
    let (grid, heads) = techniques("in one run", "");
    let mut text = title(
        "Resources",
        "of all its processes; the most of memory at once",
    ) + &heads;
    let mut gap = "";
    for Resources { name, lines } in resources {
        text += gap;
        text += &grid.row(&[vec![(BOLD, name.clone())]]);
        text += &lines_of(&grid, lines);
        gap = "\n";
    }
    text
}

/// Lines of a table with a column for each technique: what is told, and what it is for each.
fn lines_of(grid: &Grid, lines: &[(&str, Vec<String>)]) -> String {
    let line = |(what, values): &(&str, Vec<String>)| {
        let cells = std::iter::once(*what).chain(values.iter().map(String::as_str));
        grid.row(&cells.map(|text| vec![plain(text)]).collect::<Vec<_>>())
    };
    lines.iter().map(line).collect()
}

fn bad_network(network: &BadNetwork) -> String {
    let (grid, heads) = techniques("seconds", "");
    let mut text = title(
        "Bad network",
        "the same pages, the same limits, the same faults",
    );
    text += &lines(&network.ends);
    text += "\n";
    text += &heads;
    for row in &network.rows {
        let mut cells = vec![vec![(BOLD, row.name.clone()), (DIM, row.label.clone())]];
        cells.extend(row.entries.iter().map(entry));
        text += &grid.row(&cells);
        text += "\n";
    }
    text + &lines_of(&grid, &network.lines)
}

/// What has changed since an older run. Only what surely changed is coloured, and listed.
pub fn changes(since: &Since) -> String {
    let mut text = title("Since", &since.base);
    let widths = [
        (10, Align::Left),
        (21, Align::Left),
        (9, Align::Right),
        (9, Align::Right),
        (8, Align::Right),
    ];
    let grid = Grid::new(widths);
    if !since.changes.is_empty() {
        text += &grid
            .row(&["seconds", "", "then", "now", ""].map(|head| vec![(BOLD, head.to_owned())]));
        text += &grid.rule();
    }
    for change in &since.changes {
        let style = if change.share() < 0.0 { GOOD } else { BAD };
        text += &grid.row(&[
            vec![plain(&change.row)],
            vec![plain(change.who.to_string())],
            vec![plain(plain_seconds(change.before.median))],
            vec![plain(plain_seconds(change.now.median))],
            vec![(style, more(change.share()))],
        ]);
    }
    let mut summary = format!(
        "{} cells are within {} of what they were, and of {} it is not decided whether they have changed.",
        since.same,
        percent(EQUAL),
        since.undecided
    );
    if let Some(first) = since.apart.first() {
        summary += &format!(
            " {} cannot be compared; the first: {first}.",
            since.apart.len()
        );
    }
    text + &lines(&[summary])
}

fn conclusion(rows: &[Row]) -> String {
    let note = "verdict, number, and what becomes of Python's claim";
    const LEFT: usize = 12;
    let width = (WIDTH - LEFT) / Contestant::CONCLUDED.len() - 1;
    let columns = Contestant::CONCLUDED.map(|_| (width, Align::Left));
    let grid = Grid::new([(LEFT, Align::Left)].into_iter().chain(columns));
    let mut heads = vec![vec![plain("")]];
    heads.extend(Contestant::CONCLUDED.map(|who| vec![(BOLD, who.to_string())]));
    let mut text = title("Conclusion", note) + &grid.row(&heads) + &grid.rule();
    let mut gap = "";
    for row in rows {
        text += gap;
        let mut cells = vec![vec![(BOLD, row.rule.subject.to_owned())]];
        cells.extend(row.findings.iter().map(finding));
        text += &grid.row(&cells);
        gap = "\n";
    }
    text
}

fn finding(finding: &Result<Finding, NotMeasured>) -> Vec<Piece> {
    let Finding {
        verdict,
        number,
        claim,
        noisy,
    } = match finding {
        Ok(finding) => finding,
        Err(missing) => return vec![(DIM, missing.to_string())],
    };
    let mut pieces = vec![(BOLD, verdict.clone())];
    if !number.is_empty() {
        pieces.push(plain(number));
    }
    if *noisy {
        pieces.push((BAD, "NOISY".to_owned()));
    }
    if let Some((claim, fate)) = claim {
        pieces.extend(match fate {
            Fate::Holds => Some((GOOD, "claim holds".to_owned())),
            Fate::Changed => Some((SO_SO, format!("was \"{claim}\""))),
            Fate::Refuted => Some((BAD, format!("refutes \"{claim}\""))),
            Fate::Unsure => None,
        });
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::model::technique::Contestant::*;

    fn rendered(results: &crate::model::results::Results) -> String {
        anstream::adapter::strip_str(&render(&Report::of(results))).to_string()
    }

    #[test]
    fn no_line_is_wider_than_80_columns() {
        let results = fixtures::results()
            .with("waiter", Sequential, |run| run.wall = 125.0)
            .with_failure("cats", Asyncio, &"a very long reason ".repeat(20))
            .with_ladder(Threading, &[1, 10, 100], 9000);
        for line in rendered(&results).lines() {
            assert!(line.chars().count() <= 80, "{line}");
            assert_eq!(line, line.trim_end());
        }
    }

    #[test]
    fn a_failed_cell_is_shown_and_its_reason_told() {
        let results = fixtures::results().with_failure("cats", Asyncio, "page 7 is wrong");
        let text = rendered(&results);
        assert!(text.contains("missing"), "{text}");
        assert!(
            text.contains("cats is not ranked: asyncio: page 7 is wrong"),
            "{text}"
        );
    }

    #[test]
    fn an_interrupted_run_says_so() {
        let mut results = fixtures::results();
        results.complete = false;
        assert!(rendered(&results).contains("interrupted"));
    }
}
