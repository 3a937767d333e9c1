//! What stands above a source: what it took, in Rust and in Python.

use std::fmt::Write as _;

use super::escape;
use super::source::Sources;
use crate::model::experiment::Cell;
use crate::model::quantity::{bytes, seconds};
use crate::model::results::Results;
use crate::model::technique::Contestant::{self, *};

/// What a technique took for the workloads of these sources: time, CPU, memory.
pub fn measured(results: &Results, sources: &Sources, technique: &str) -> String {
    let mut items = String::new();
    for row in sources.rows() {
        let runs = Contestant::COLUMNS
            .into_iter()
            .filter(|who| who.program() == technique);
        for who in runs {
            let Some(taken) = results.cell(row, who).ok().and_then(taken) else {
                continue;
            };
            items += &match who {
                AsyncioMultiThread => format!("<dt></dt><dd>on several threads: {taken}</dd>"),
                _ => format!("<dt>{row}</dt><dd>{taken}</dd>"),
            };
        }
    }
    items
}

/// What its twins took. Where Python would take minutes its job is smaller: the size stands beside.
pub fn measured_in_python(results: &Results, sources: &Sources, technique: &str) -> String {
    let mut items = String::new();
    for name in sources.rows() {
        let mut shown = name.to_string();
        for python in results.pythons.iter().filter(|it| it.description.is_ok()) {
            let row = python.experiments.iter().find(|row| row.name == name);
            let cell = row.and_then(|row| {
                let mut cells = row.cells.iter();
                Some((row, cells.find(|cell| cell.runner.name() == technique)?))
            });
            let Some((row, cell)) = cell else { continue };
            let Some(taken) = taken(cell) else { continue };
            let who = if results.pythons.len() > 1 {
                format!("{}: ", python.name())
            } else {
                String::new()
            };
            let size = match results.experiment(name) {
                Ok(rust) if rust.label == row.label => String::new(),
                _ => format!(" for {}", row.label),
            };
            let _ = write!(
                items,
                "<dt>{shown}</dt><dd>{}{taken}{}</dd>",
                escape(&who),
                escape(&size)
            );
            shown.clear();
        }
    }
    items
}

/// Time, CPU and memory of a cell.
pub fn taken(cell: &Cell) -> Option<String> {
    let wall = cell.wall().ok()?.median;
    let cpu = cell.estimate(|run| Some(run.cpu())).ok()?.median;
    let peak = cell.peak().map_or(String::new(), |peak| {
        format!(", {}", bytes(peak.memory as f64))
    });
    Some(format!("{}, {} CPU{peak}", seconds(wall), seconds(cpu)))
}
