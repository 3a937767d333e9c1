//! The ladder as two charts: time and memory of ever more units asleep at once, and the limits that end a climb.

use super::lines::{Frame, Point, Series, lines};
use super::scale::{MIB, mebibytes, whole};
use crate::model::ladder::{End, Ladder, Step, TOO_SLOW};
use crate::model::quantity::{bytes, seconds};
use crate::model::results::Results;
use crate::model::run::Run;

/// What is read off a step.
type Reading = fn(&Run) -> Option<f64>;

/// Each chart below its caption; none, if no technique climbed.
pub fn charts(results: &Results) -> Vec<(&'static str, String)> {
    let ladders = &results.ladders;
    let climb = |reading: Reading| -> Vec<_> {
        let climbs = ladders.iter().map(|ladder| Series {
            who: ladder.contestant,
            points: ladder
                .steps
                .iter()
                .filter_map(|step| point(ladder, step, reading))
                .collect(),
        });
        climbs.filter(|series| !series.points.is_empty()).collect()
    };
    let (times, memory) = (
        climb(|run| Some(run.seconds)),
        climb(|run| Some(run.peak?.memory as f64 / MIB)),
    );
    if times.is_empty() {
        return Vec::new();
    }
    let slow = ladders.iter().find(|ladder| !ladder.cliff).map(|ladder| {
        let limit = TOO_SLOW * ladder.nap;
        (limit, format!("over {} is too slow", seconds(limit)))
    });
    let budget = ladders.iter().find_map(|ladder| match ladder.end {
        End::Budget { allowed, .. } => {
            let words = format!("more than {} is not allowed", bytes(allowed as f64));
            Some((allowed as f64 / MIB, words))
        }
        _ => None,
    });
    let chart = |caption, series: &[Series], up, limit| {
        let frame = Frame {
            across: ("units", whole),
            up,
            ideal: false,
            limit,
        };
        (caption, lines(caption, series, &frame))
    };
    vec![
        chart(
            "Units asleep at once: time until all have woken",
            &times,
            ("time", |time| seconds(time)),
            slow,
        ),
        chart(
            "Units asleep at once: memory at the peak",
            &memory,
            ("memory", mebibytes),
            budget,
        ),
    ]
}

/// A step as a point; none, if it ended well and this was not read.
fn point(ladder: &Ladder, step: &Step, reading: Reading) -> Option<Point> {
    let run = step.outcome.run();
    let good = ladder.good().any(|(units, _)| units == step.units);
    let read = run.and_then(reading);
    let failed = match run {
        Some(_) if good => None,
        Some(_) => Some("too slow".to_owned()),
        None => step.outcome.failure(),
    };
    let point = Point {
        failed,
        ..Point::once(step.units as f64, read.unwrap_or(1.0))
    };
    match (read, &point.failed) {
        (None, None) => None,
        (None, Some(_)) => Some(Point { y: None, ..point }),
        _ => Some(point),
    }
}
