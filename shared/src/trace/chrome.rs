//! A recording in the Trace Event Format, which Perfetto (ui.perfetto.dev) and chrome://tracing open.
//!
//! Processes and threads have their real numbers. Every slice is a complete event on its thread. A unit is an async
//! event with an id of its own, queued first if it was, and an arrow leads from the queue to its first slice. What the
//! story calls by name has a track of its phases.

use serde_json::{Value, json};

use super::Recording;
use super::recording::{Span, State, has_queue};

/// Writes a recording down as JSON.
pub fn render(recording: &Recording) -> String {
    let mut events = Vec::new();
    let main = recording.processes.first().map_or(0, |process| process.pid);
    for process in &recording.processes {
        let pid = process.pid;
        let name = process.name.as_deref().unwrap_or(&recording.title);
        events.push(json!({"ph": "M", "name": "process_name", "pid": pid, "tid": pid, "ts": 0, "args": {"name": name}}));
        for (tid, name) in &process.threads {
            events.push(json!({"ph": "M", "name": "thread_name", "pid": pid, "tid": tid, "ts": 0, "args": {"name": name}}));
        }
    }
    let all = Span {
        start: 0,
        end: recording.length,
    };
    events.push(complete(&recording.title, main, main, all, json!({})));

    let mut waiting = recording
        .units
        .iter()
        .filter(|unit| has_queue(&unit.name))
        .count();
    let mut order: Vec<_> = (0..recording.units.len()).collect();
    order.sort_by_key(|unit| recording.units[*unit].span.start);
    for id in order {
        let unit = &recording.units[id];
        let (name, pid, Span { start, end }) = (unit.name.as_str(), unit.pid, unit.span);
        if has_queue(name) {
            events.extend(track(
                "unit",
                id,
                "queued",
                pid,
                Span {
                    start: 0,
                    end: start,
                },
            ));
            if let Some(slice) = unit.slices.first() {
                events.push(flow("s", id, main, main, 0));
                events.push(flow("f", id, pid, slice.tid, slice.span.start));
            }
            waiting -= 1;
            events.push(json!({"ph": "C", "name": "queued", "pid": main, "tid": main, "ts": micros(start), "args": {"units": waiting}}));
        }
        events.extend(track("unit", id, name, pid, Span { start, end }));
        for slice in &unit.slices {
            let args = json!({"unit": id, "on_core_us": micros(slice.cpu), "no_core_us": micros(slice.delay)});
            events.push(complete(name, pid, slice.tid, slice.span, args));
        }
    }
    for lane in &recording.lanes {
        // The phases of a named worker; those of others are the units themselves.
        for (span, state) in lane.phases.iter().filter(|(span, _)| span.length() > 0) {
            events.extend(track("phase", &lane.label, state.name(), main, *span));
        }
    }
    // Stable, so that of two events at one time an end stays before a beginning that was written later.
    events.sort_by(|a, b| {
        a["ts"]
            .as_f64()
            .unwrap_or(0.0)
            .total_cmp(&b["ts"].as_f64().unwrap_or(0.0))
    });

    let cost = recording.cost;
    let document = json!({
        "displayTimeUnit": "ms",
        "otherData": {
            "title": recording.title,
            "seconds": recording.length as f64 / 1e9,
            "cpu_seconds": recording.cpu(),
            "cpu_seconds_in_units": recording.cpu_in_units(),
            "lanes_at_once": recording.at_once(),
            "lanes": lanes(recording),
            "takings": recording.takings(),
            "recording_notes": cost.notes,
            "recording_seconds": cost.time as f64 / 1e9,
        },
        "traceEvents": events,
    });
    format!("{document}\n")
}

/// What each lane did, in seconds.
fn lanes(recording: &Recording) -> Vec<Value> {
    let lanes = recording.lanes.iter().map(|lane| {
        let sums = recording.sums(lane);
        let sum = |state| sums.get(&state).copied().unwrap_or_default() / 1e9;
        let waited = sums.iter().filter(|(state, _)| **state > State::Delayed);
        let waited: f64 = waited.map(|(_, time)| time / 1e9).sum();
        json!({"name": lane.label, "on_core": sum(State::Running), "no_core": sum(State::Delayed), "waiting": waited})
    });
    lanes.collect()
}

fn complete(name: &str, pid: u32, tid: u32, span: Span, args: Value) -> Value {
    json!({"ph": "X", "name": name, "cat": "slice", "pid": pid, "tid": tid, "ts": micros(span.start), "dur": micros(span.length()), "args": args})
}

/// A stretch of an async track: its beginning and its end.
fn track(category: &str, id: impl ToString, name: &str, pid: u32, span: Span) -> [Value; 2] {
    let id = id.to_string();
    [("b", span.start), ("e", span.end)].map(|(phase, at)| {
        json!({"ph": phase, "name": name, "cat": category, "id": id, "pid": pid, "tid": pid, "ts": micros(at)})
    })
}

/// One end of an arrow.
fn flow(phase: &str, id: usize, pid: u32, tid: u32, at: u64) -> Value {
    let mut end = json!({"ph": phase, "name": "queue", "cat": "queue", "id": id, "pid": pid, "tid": tid, "ts": micros(at)});
    if phase == "f" {
        // It ends at the slice that it falls into, not at the next one.
        end["bp"] = "e".into();
    }
    end
}

/// Nanoseconds as the format's microseconds.
fn micros(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e3
}

#[cfg(test)]
mod tests {
    use super::super::recording::tests::sample;
    use super::*;

    #[test]
    fn a_queued_unit_has_an_arrow_a_track_and_a_slice_for_every_poll() {
        let trace: Value = serde_json::from_str(&render(&sample())).unwrap();
        let events = trace["traceEvents"].as_array().unwrap();
        let of = |phase: &str| events.iter().filter(|event| event["ph"] == phase).count();
        assert_eq!((of("s"), of("f"), of("C")), (2, 2, 2));
        // The job, one computation, two polls.
        assert_eq!(of("X"), 4);
        let polls = events
            .iter()
            .filter(|event| event["ph"] == "X" && event["pid"] == 8);
        let polls: Vec<_> = polls
            .map(|poll| (poll["ts"].as_f64(), poll["dur"].as_f64()))
            .collect();
        assert_eq!(
            polls,
            [
                (Some(10_000.0), Some(10_000.0)),
                (Some(80_000.0), Some(10_000.0))
            ]
        );
    }
}
