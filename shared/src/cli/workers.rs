//! What each worker did, a line for each, at the end of a run whose units are too many for a line each.

use super::number::{count, with_commas};
use crate::trace::{Lane, Recording, State, duration, line};

/// More workers than this share a line.
const LINES: usize = 8;
/// A run of more units is not recorded: that would take more memory than the work.
pub(super) const MOST: u64 = 10_000;

/// The lines, of workers that did units with this name.
pub(super) fn lines(recording: &Recording, unit: &str) -> Vec<String> {
    let lanes = recording.lanes.iter();
    let lanes: Vec<_> = lanes.filter(|lane| !lane.units.is_empty()).collect();
    if lanes.len() > LINES {
        return vec![together(recording, &lanes, unit)];
    }
    let alone = |lane: &&Lane| {
        let units = count(lane.units.len() as u64, unit);
        let message = format!("{units}, {} on a core", duration(running(recording, lane)));
        line(end(recording, lane), &lane.label, &message)
    };
    lanes.iter().map(alone).collect()
}

/// All of them in a line.
fn together(recording: &Recording, lanes: &[&Lane], unit: &str) -> String {
    let kind = lanes[0].label.split(' ').next().unwrap_or_default();
    let plural = if kind.ends_with('s') { "es" } else { "s" };
    let who = format!("{} {kind}{plural}", with_commas(lanes.len()));
    let units = lanes.iter().map(|lane| lane.units.len() as u64);
    let (least, most) = (units.clone().min(), units.max());
    let each = match (least.unwrap_or_default(), most.unwrap_or_default()) {
        (least, most) if least == most => count(most, unit),
        (least, most) => format!("{least} to {}", count(most, unit)),
    };
    let on_a_core: f64 = lanes.iter().map(|lane| running(recording, lane)).sum();
    let ends = lanes.iter().map(|lane| end(recording, lane));
    let message = format!("{each} each, {} on a core in all", duration(on_a_core));
    line(ends.fold(0.0, f64::max), &who, &message)
}

/// Nanoseconds on a core.
fn running(recording: &Recording, lane: &Lane) -> f64 {
    let sums = recording.sums(lane);
    sums.get(&State::Running).copied().unwrap_or_default()
}

/// When its last unit ended, in seconds.
fn end(recording: &Recording, lane: &Lane) -> f64 {
    let ends = lane
        .units
        .iter()
        .map(|unit| recording.units[*unit].span.end);
    ends.max().unwrap_or_default() as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{Span, Unit};

    /// Workers of this kind, each with so many units of a second, one after another.
    fn recording(kind: &str, units: &[usize]) -> Recording {
        let longest = units.iter().max().copied().unwrap_or_default();
        let mut recording = Recording {
            length: longest as u64 * 1_000_000_000,
            ..Recording::default()
        };
        for (worker, units) in units.iter().enumerate() {
            let mut lane = Lane {
                label: format!("{kind} {}", worker + 1),
                ..Lane::default()
            };
            for second in 0..*units as u64 {
                let [start, end] = [second, second + 1].map(|second| second * 1_000_000_000);
                lane.units.push(recording.units.len());
                lane.phases.push((Span { start, end }, State::Running));
                recording.units.push(Unit {
                    name: "download".to_owned(),
                    pid: 1,
                    span: Span { start, end },
                    slices: Vec::new(),
                });
            }
            recording.lanes.push(lane);
        }
        recording
    }

    #[test]
    fn each_of_few_workers_has_a_line() {
        assert_eq!(
            lines(&recording("thread", &[2, 1, 0]), "chain"),
            [
                "   2.000 s  thread 1          2 chains, 2.00 s on a core",
                "   1.000 s  thread 2          1 chain, 1.00 s on a core",
            ]
        );
        assert!(lines(&Recording::default(), "chain").is_empty());
    }

    #[test]
    fn many_workers_share_a_line() {
        let of = |units: &[usize]| lines(&recording("process", units), "page");
        assert_eq!(
            of(&[1; 20]),
            ["   1.000 s  20 processes      1 page each, 20.0 s on a core in all"]
        );
        assert_eq!(
            of(&[3, 1, 1, 1, 1, 1, 1, 1, 1]),
            ["   3.000 s  9 processes       1 to 3 pages each, 11.0 s on a core in all"]
        );
    }
}
