//! What all four programs promise of the pictures they make of themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use shared::Receipt;
use shared::cli::Report;

use crate::program::{Run, ensure_gone, failure, heed_interrupts, run};

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
            has_what_its_phase_needs(event);
        }
        let times = events(&trace).iter().map(|event| nanoseconds(event, "ts"));
        assert!(times.is_sorted(), "{arguments}: in the order of time");
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

/// What the format asks of an event, by its phase: "Trace Event Format", under Event Descriptions.
fn has_what_its_phase_needs(event: &Value) {
    let category = || event["cat"].as_str().is_some_and(|name| !name.is_empty());
    let id = || event["id"].is_string() || event["id"].is_u64();
    let args = || event["args"].as_object().expect("arguments");
    let right = match event["ph"].as_str() {
        Some("X") => nanoseconds(event, "dur") < u64::MAX && category(),
        Some("b" | "e") => category() && id(),
        Some("s") => category() && id() && event["bp"].is_null(),
        Some("f") => category() && id() && event["bp"] == "e",
        Some("C") => args().values().all(Value::is_number),
        Some("M") => {
            ["process_name", "thread_name"]
                .map(Value::from)
                .contains(&event["name"])
                && args()["name"].is_string()
        }
        _ => false,
    };
    assert!(right, "{event}");
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

/// Every arrow has both ends, in this order, and each of them is within a slice of its thread, to which it belongs.
fn arrows_lead_into_slices(trace: &Value) {
    let within_a_slice = |end: &Value| {
        let at = nanoseconds(end, "ts");
        let mut slices = of(trace, "X").filter(|slice| thread(slice) == thread(end));
        slices.any(|slice| {
            let start = nanoseconds(slice, "ts");
            (start..=start + nanoseconds(slice, "dur")).contains(&at)
        })
    };
    let mut tails = BTreeMap::new();
    for tail in of(trace, "s") {
        assert!(within_a_slice(tail), "{tail} comes from nowhere");
        let other = tails.insert(tail["id"].as_u64(), nanoseconds(tail, "ts"));
        assert_eq!(other, None, "{tail} is one of two");
    }
    for head in of(trace, "f") {
        let tail = tails
            .remove(&head["id"].as_u64())
            .expect("an arrow has a tail");
        assert!(tail <= nanoseconds(head, "ts"), "{head}");
        assert!(within_a_slice(head), "{head} leads nowhere");
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

/// The same run seen from both sides: the kernel's account of the program and all its processes, and the picture. Both count
/// CPU time, so that neither a slow machine nor a busy one can part them.
#[allow(missing_docs)]
pub fn the_picture_agrees_with_the_cpu_time_that_the_kernel_counts(program: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("trace.json");
    // Much work in few units, beside which starting and recording are little.
    let arguments = format!(
        "hashes --size 20000 --workers 2 --json --trace {}",
        file.display()
    );
    let (wall, outside) = account(program, &arguments);
    let trace = fs::read_to_string(file).expect("a trace");
    let trace: Value = serde_json::from_str(&trace).expect("JSON");
    let data = |name: &str| {
        trace["otherData"][name]
            .as_f64()
            .unwrap_or_else(|| panic!("no {name}"))
    };
    let (inside, units) = (data("cpu_seconds"), data("cpu_seconds_in_units"));
    assert!(
        units <= inside && inside <= outside + 0.05 && units > 0.8 * outside,
        "{units} s in units, {inside} s in all, {outside} s by the kernel's account"
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
    // The most lanes at once are no fewer than the cores that were used on average, and no more than could be. Where
    // nothing else runs on the machine, both bounds are the same.
    let (at_once, used) = (data("lanes_at_once"), units / wall);
    assert!(
        (used.round()..=width).contains(&at_once),
        "{at_once} lanes at once, {used:.2} cores used"
    );
}

/// Runs a program: seconds from its start to its end, and of CPU time by the kernel's account of all its processes, to a
/// fiftieth.
fn account(program: &str, arguments: &str) -> (f64, f64) {
    let start = Instant::now();
    let shell = Command::new("sh")
        .args(["-c", &format!("{program} {arguments} >/dev/null && times")])
        .output()
        .expect("a shell");
    let wall = start.elapsed().as_secs_f64();
    assert!(shell.status.success(), "{shell:?}");
    // The second line is about what the shell has run: "0m1.520000s 0m0.030000s", user and system.
    let text = String::from_utf8(shell.stdout).expect("a shell prints text");
    let times = text.lines().nth(1).expect("two lines").split_whitespace();
    let seconds = times.map(|time| {
        let parts = time.trim_end_matches('s').split_once('m');
        let (minutes, seconds) = parts.unwrap_or_else(|| panic!("{time} is no time"));
        let number = |text: &str| text.replace(',', ".").parse::<f64>().expect("a number");
        60.0 * number(minutes) + number(seconds)
    });
    (wall, seconds.sum())
}

#[allow(missing_docs)]
pub fn an_interrupted_recording_leaves_nothing_behind(program: &str) {
    heed_interrupts();
    for signal in [Signal::INT, Signal::TERM, Signal::KILL] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut child = Command::new(program)
            .args(["waiter", "--time-scale", "10", "--trace"])
            .arg(folder.path().join("trace.json"))
            .env("TMPDIR", folder.path())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("the program starts");
        // The program is at work when the first table has opened its menu.
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        stdout.read_line(&mut line).expect("a line");
        assert!(line.contains("opens the menu"), "{line}");

        let group = Pid::from_child(&child);
        kill_process(group, signal).expect("the program is alive");
        child.wait().expect("the program ends");
        ensure_gone(group);
        let left: Vec<_> = fs::read_dir(folder.path()).expect("a folder").collect();
        assert!(left.is_empty(), "{signal:?} leaves {left:?}");
    }
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
