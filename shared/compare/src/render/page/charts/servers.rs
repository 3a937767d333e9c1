//! The servers' charts: how long requests take at ever higher rates, and what ever more connections take up.

use super::lines::{self, Frame, Point, Series};
use super::scale;
use crate::judge::serving;
use crate::model::quantity::seconds;
use crate::model::results::Results;
use crate::model::rows::Row;
use crate::model::technique::Contestant;

/// Captions and charts; none if the servers were left out.
pub fn figures(results: &Results) -> Vec<(&'static str, String)> {
    let times = drawn(|who| {
        let trials = results.cell(Row::ServeRate, who).map(serving::trials);
        let trials = trials.unwrap_or_default().into_iter();
        let points = trials.map(|trial| Point {
            failed: (!trial.well).then(|| "too late".to_owned()),
            ..Point::once(trial.rate, trial.p99)
        });
        let half = serving::highest(results, who).and_then(|highest| {
            let p99 = serving::within(results, Row::ServeRate, who, 0.99)?;
            Ok(Point::once(highest.rate.median / 2.0, p99))
        });
        half.into_iter().chain(points).collect()
    });
    let memory = drawn(|who| {
        let points = serving::memory(results, who).into_iter();
        points
            .map(|(connections, bytes)| Point::once(connections, bytes / scale::MIB))
            .collect()
    });
    let mut figures = Vec::new();
    if !times.is_empty() {
        let caption = "serve: how long 99% of the requests take at most, over 64 connections, at every rate that was tried";
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
