//! The servers' charts: how long requests take at ever higher rates, and what ever more connections take up.

use super::lines::{self, Frame, Point, Series};
use super::scale;
use crate::judge::serving;
use crate::model::quantity::seconds;
use crate::model::results::Results;
use crate::model::rows::Sweep;
use crate::model::technique::Contestant;

/// Captions and charts; none if the servers were left out.
pub fn figures(results: &Results) -> Vec<(&'static str, String)> {
    let sweep = results.sweep(Sweep::ServeRate);
    let times = drawn(|who| {
        let points = sweep.iter().filter_map(|(rate, row)| {
            let y = serving::took(row.cell(who)?, 0.99).ok()?;
            let late = y.median > serving::PATIENCE;
            Some(Point {
                x: *rate,
                y: Some(y),
                failed: late.then(|| "too late".to_owned()),
            })
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
        let frame = Frame {
            across: ("requests a second", scale::whole),
            up: ("p99", seconds),
            ideal: false,
            limit: Some((serving::PATIENCE, "in time".to_owned())),
        };
        figures.push((caption, lines::lines(caption, &times, &frame)));
    }
    if !memory.is_empty() {
        let caption = "serve: memory against open connections";
        let frame = Frame {
            across: ("connections", scale::whole),
            up: ("memory", scale::mebibytes),
            ideal: false,
            limit: None,
        };
        figures.push((caption, lines::lines(caption, &memory, &frame)));
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
