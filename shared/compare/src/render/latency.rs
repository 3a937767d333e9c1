//! How long single requests took: on a terminal and as Markdown.

use super::grid::Piece;
use super::layout::{plain, techniques, title};
use crate::judge::latency::{Row, SHARES, Spread};
use crate::model::quantity::seconds;
use crate::model::technique::Contestant;

/// The table for a terminal; nothing if no request was timed.
pub fn terminal(rows: &[Row]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let (grid, heads) = techniques("one request", "");
    let mut text = title("Latencies", "of single requests, all rounds together") + &heads;
    let mut gap = "";
    for row in rows {
        text += gap;
        for (place, (share, _)) in SHARES.into_iter().enumerate() {
            let mut cells: Vec<Vec<Piece>> = vec![vec![plain(format!("{} {share}", row.name))]];
            cells.extend(times(row, place).map(|time| vec![plain(time)]));
            text += &grid.row(&cells);
        }
        gap = "\n";
    }
    text
}

/// The section for a file; nothing if no request was timed.
pub fn markdown(rows: &[Row]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let techniques = Contestant::TECHNIQUES.map(Contestant::name).join(" | ");
    let mut text = format!(
        "## Latencies\n\n| one request | | {techniques} |\n|---|---|{}\n",
        "--:|".repeat(Contestant::TECHNIQUES.len())
    );
    for row in rows {
        for (place, (share, _)) in SHARES.into_iter().enumerate() {
            let times: Vec<_> = times(row, place).collect();
            text += &format!("| {} | {share} | {} |\n", row.name, times.join(" | "));
        }
    }
    text + "\n"
}

fn times(row: &Row, place: usize) -> impl Iterator<Item = String> {
    let time = move |spread: &Option<Spread>| {
        spread.map_or("-".to_owned(), |Spread(times)| seconds(times[place]))
    };
    row.spreads.iter().map(time)
}
