//! The servers' charts: how long requests take at ever higher rates, and what ever more connections take up.

use super::lines::{self, Point, Series, Words};
use super::scale;
use crate::judge::serving;
use crate::model::quantity::seconds;
use crate::model::results::Results;
use crate::model::rows::SERVE_RATE;
use crate::model::technique::Contestant;

/// Captions and charts; none if the servers were left out.
pub fn figures(results: &Results) -> Vec<(&'static str, String)> {
    let sweep = results.sweep(SERVE_RATE);
    let times = drawn(|who| {
        let points = sweep.iter().filter_map(|(rate, row)| {
            let y = serving::took(row.cell(who)?, 0.99).ok()?;
            Some(Point { x: *rate, y })
        });
        points.collect()
    });
    let memory = drawn(|who| {
        let points = serving::memory(results, who).into_iter();
        points
            .map(|(connections, bytes)| Point::once(connections, bytes / scale::MIB))
            .collect()
    });
    let mut figures = Vec::new();
    if !times.is_empty() {
        let caption = "serve: how long 99% of the requests take at most, over 64 connections";
        let (across, up) = (
            ("requests a second", scale::whole as Words),
            ("p99", seconds as Words),
        );
        figures.push((caption, lines::lines(caption, &times, across, up, false)));
    }
    if !memory.is_empty() {
        let caption = "serve: memory against open connections";
        let (across, up) = (
            ("connections", scale::whole as Words),
            ("memory", scale::mebibytes as Words),
        );
        figures.push((caption, lines::lines(caption, &memory, across, up, false)));
    }
    figures
}

/// A line for each technique of which there is a point.
fn drawn(points: impl Fn(Contestant) -> Vec<Point>) -> Vec<Series> {
    let series = Contestant::TECHNIQUES.map(|who| Series {
        who,
        points: points(who),
    });
    let series = series.into_iter();
    series.filter(|series| !series.points.is_empty()).collect()
}
