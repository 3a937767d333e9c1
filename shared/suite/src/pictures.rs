//! What all four programs promise of the pictures they make of themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;
use shared::Receipt;
use shared::cli::Report;

use crate::{Run, failure, run};

/// A run with `--trace`: its receipt, and the trace.
fn traced(program: &str, arguments: &str) -> (Receipt, Value) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("trace.json");
    let run = run(
        program,
        &format!("{arguments} --json --trace {}", file.display()),
    );
    assert_eq!(run.code, Some(0), "{arguments}: {}", run.stderr);
    let report: Report = serde_json::from_str(&run.stdout).expect("a receipt and nothing else");
    let trace = fs::read_to_string(file).expect("a trace");
    (report.receipt, serde_json::from_str(&trace).expect("JSON"))
}

fn events(trace: &Value) -> &[Value] {
    trace["traceEvents"].as_array().expect("events")
}

/// Events in which `ph` is this.
fn of<'a>(trace: &'a Value, phase: &'a str) -> impl Iterator<Item = &'a Value> {
    events(trace)
        .iter()
        .filter(move |event| event["ph"] == phase)
}

/// A time of the trace, in nanoseconds.
fn nanoseconds(event: &Value, field: &str) -> u64 {
    let micros = event[field]
        .as_f64()
        .unwrap_or_else(|| panic!("{event} has no {field}"));
    (micros * 1000.0).round() as u64
}

fn thread(event: &Value) -> (u64, u64) {
    let number = |field: &str| {
        event[field]
            .as_u64()
            .unwrap_or_else(|| panic!("{event} has no {field}"))
    };
    (number("pid"), number("tid"))
}

#[allow(missing_docs)]
pub fn a_trace_keeps_the_rules_of_its_format(program: &str) {
    for arguments in [
        "waiter --time-scale 0.01",
        "sites --size 10 --delay 1",
        "hashes --size 1000 --workers 3",
    ] {
        let (receipt, trace) = traced(program, arguments);
        for event in events(&trace) {
            assert!(
                event["name"].is_string() && event["ph"].is_string(),
                "{event}"
            );
            thread(event);
            nanoseconds(event, "ts");
        }
        slices_nest(&trace);
        tracks_pair(&trace);
        arrows_lead_into_slices(&trace);
        if !arguments.starts_with("waiter") {
            let ids: BTreeSet<_> = of(&trace, "s").map(|arrow| arrow["id"].as_u64()).collect();
            assert_eq!(
                ids.len() as u64,
                receipt.units,
                "{arguments}: an arrow for every unit"
            );
        }
    }
}

/// Slices of one thread lie side by side or within each other.
fn slices_nest(trace: &Value) {
    let mut threads: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for slice in of(trace, "X") {
        let start = nanoseconds(slice, "ts");
        let slices = threads.entry(thread(slice)).or_default();
        slices.push((start, start + nanoseconds(slice, "dur")));
    }
    for (thread, mut slices) in threads {
        slices.sort_by_key(|(start, end)| (*start, u64::MAX - end));
        let mut open: Vec<u64> = Vec::new();
        for (start, end) in slices {
            open.retain(|outer| *outer > start);
            assert!(
                open.iter().all(|outer| end <= *outer),
                "{thread:?}: {start} to {end} sticks out"
            );
            open.push(end);
        }
    }
}

/// Every beginning on a track has its end, after it, and no two of a track overlap.
fn tracks_pair(trace: &Value) {
    let mut open = BTreeMap::new();
    let mut count = 0;
    for event in events(trace)
        .iter()
        .filter(|event| event["ph"] == "b" || event["ph"] == "e")
    {
        let track = (event["cat"].to_string(), event["id"].to_string());
        if event["ph"] == "b" {
            let other = open.insert(track, event["name"].clone());
            assert_eq!(other, None, "{event} begins within another");
            count += 1;
        } else {
            assert_eq!(
                open.remove(&track).as_ref(),
                Some(&event["name"]),
                "{event}"
            );
        }
    }
    assert!(open.is_empty() && count > 0, "{open:?}");
}

/// Every arrow has both ends, in this order, and its head is within a slice of its thread.
fn arrows_lead_into_slices(trace: &Value) {
    let mut tails: BTreeMap<_, _> = of(trace, "s")
        .map(|tail| (tail["id"].as_u64(), nanoseconds(tail, "ts")))
        .collect();
    for head in of(trace, "f") {
        let at = nanoseconds(head, "ts");
        let tail = tails
            .remove(&head["id"].as_u64())
            .expect("an arrow has a tail");
        assert!(tail <= at, "{head}");
        let mut slices = of(trace, "X").filter(|slice| thread(slice) == thread(head));
        let within = |slice: &Value| {
            let start = nanoseconds(slice, "ts");
            (start..=start + nanoseconds(slice, "dur")).contains(&at)
        };
        assert!(slices.any(within), "{head} leads nowhere");
    }
    assert!(tails.is_empty(), "arrows without heads: {tails:?}");
}

#[allow(missing_docs)]
pub fn a_trace_names_real_processes_and_threads(program: &str) {
    let (_, trace) = traced(program, "hashes --size 1000 --workers 2");
    let processes: BTreeSet<_> = of(&trace, "M")
        .filter(|name| name["name"] == "process_name")
        .map(thread)
        .collect();
    let named: BTreeSet<_> = of(&trace, "M").map(thread).collect();
    for slice in of(&trace, "X") {
        assert!(
            named.contains(&thread(slice)),
            "{slice} is on a thread without a name"
        );
    }
    let expected = if program_name(program) == "multiprocessing" {
        3
    } else {
        1
    };
    assert_eq!(processes.len(), expected, "{processes:?}");
}

#[allow(missing_docs)]
pub fn the_picture_agrees_with_the_cpu_time(program: &str) {
    let (_, trace) = traced(program, "hashes --size 20000 --workers 2");
    let data = |name: &str| {
        trace["otherData"][name]
            .as_f64()
            .unwrap_or_else(|| panic!("no {name}"))
    };
    let (all, units) = (data("cpu_seconds"), data("cpu_seconds_in_units"));
    assert!(
        units <= all && units > all / 2.0,
        "{units} s of {all} s were spent in units"
    );
    let on_core = of(&trace, "X").filter_map(|slice| slice["args"]["on_core_us"].as_f64());
    assert!(
        (on_core.sum::<f64>() / 1e6 - units).abs() < 1e-6,
        "slices add up to the units"
    );

    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get().min(2)) as f64;
    let width = match program_name(program) {
        "sequential" | "asyncio" => 1.0,
        _ => cores,
    };
    // The most lanes at once are no fewer than there were on average, and no more than could be. Where nothing else runs
    // on the machine, both bounds are the same.
    let at_once = data("lanes_at_once");
    assert!(
        units / data("seconds") <= at_once + 0.5 && at_once <= width,
        "{at_once} lanes at once"
    );
}

#[allow(missing_docs)]
pub fn a_timeline_fits_80_columns_and_needs_no_colour(program: &str) {
    let Run {
        code,
        stdout,
        stderr,
    } = run(program, "waiter --time-scale 0.02 --timeline");
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert!(
        !stdout.contains('\x1b') && !stdout.contains("opens the menu"),
        "{stdout}"
    );
    for line in stdout.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    for table in ["A", "B", "C", "D", "E"] {
        let lane = stdout
            .lines()
            .find(|line| line.split_whitespace().nth(1) == Some(table));
        assert!(
            lane.is_some_and(|lane| lane.contains("···") && lane.contains('▓')),
            "{table}: {stdout}"
        );
    }
    for said in [
        "· thinking",
        "▓ ordering",
        "Workers: ",
        "Processes: ",
        "Recording: ",
    ] {
        assert!(stdout.contains(said), "{said}: {stdout}");
    }
}

#[allow(missing_docs)]
pub fn a_picture_is_svg_and_a_file_that_cannot_be_made_is_named_first(program: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("picture.svg");
    let traced = run(
        program,
        &format!("cats --size 1 --json --trace {}", file.display()),
    );
    assert_eq!(traced.code, Some(0), "{traced:?}");
    let picture = fs::read_to_string(file).expect("a picture");
    assert!(
        picture.starts_with("<svg ") && picture.contains("in flight"),
        "{picture}"
    );

    let nowhere = folder.path().join("missing").join("trace.json");
    let line = failure(program, &format!("waiter --trace {}", nowhere.display()), 1);
    assert!(line.contains(&nowhere.display().to_string()), "{line}");
}

fn program_name(program: &str) -> &str {
    let name = Path::new(program)
        .file_stem()
        .and_then(|name| name.to_str());
    name.expect("a program's name")
}
