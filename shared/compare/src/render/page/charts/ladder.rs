//! The ladder as two charts: time and memory of ever more units asleep at once, and the memory that a climb may take.

use super::lines::{Frame, Point, Series, lines};
use super::scale::{MIB, mebibytes, whole};
use crate::model::ladder::{End, Step};
use crate::model::quantity::{bytes, seconds};
use crate::model::results::Results;

/// What is read off a step.
type Reading = fn(&Step) -> Option<f64>;

/// Each chart below its caption; none, if no technique climbed.
pub fn charts(results: &Results) -> Vec<(&'static str, String)> {
    let ladders = &results.ladders;
    let climb = |reading: Reading| -> Vec<_> {
        let climbs = ladders.iter().map(|ladder| Series {
            who: ladder.contestant,
            points: ladder
                .steps
                .iter()
                .filter_map(|step| point(step, reading))
                .collect(),
        });
        climbs.filter(|series| !series.points.is_empty()).collect()
    };
    let (times, memory) = (
        climb(|step| Some(step.starting()?.max(SHORTEST))),
        climb(|step| Some(step.outcome.run()?.peak?.memory as f64 / MIB)),
    );
    if times.is_empty() {
        return Vec::new();
    }
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
            "Units asleep at once: time to start and to end them",
            &times,
            ("time", |time| seconds(time)),
            None,
        ),
        chart(
            "Units asleep at once: memory at the peak",
            &memory,
            ("memory", mebibytes),
            budget,
        ),
    ]
}

/// A clock tells no shorter time from none.
const SHORTEST: f64 = 1e-6;

/// A step as a point; none, if it ended well and this was not read.
fn point(step: &Step, reading: Reading) -> Option<Point> {
    let read = reading(step);
    let failed = match step.outcome.run() {
        Some(_) if step.together().is_some() => None,
        Some(_) => Some("not all alive at once".to_owned()),
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
