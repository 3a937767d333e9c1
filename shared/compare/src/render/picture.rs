//! README's picture: five tables and one waiter, in three techniques on one scale, drawn from a run's own traces.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;

use crate::model::quantity::seconds;
use crate::model::technique::Contestant::{self, *};

/// The techniques, from top to bottom.
const SHOWN: [Contestant; 3] = [Sequential, Threading, Asyncio];

const WIDTH: f64 = 720.0;
/// Where the lanes begin, behind the tables' names.
const LEFT: f64 = 70.0;
const LANE: f64 = 16.0;
/// What stands above the lanes of a technique.
const HEAD: f64 = 30.0;

/// A trace, as `--trace` writes it.
#[derive(Deserialize)]
struct Trace {
    #[serde(rename = "traceEvents")]
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    #[serde(default)]
    cat: String,
    #[serde(default)]
    id: String,
    name: String,
    ph: String,
    /// Microseconds.
    #[serde(default)]
    ts: f64,
}

/// What a table did: which, from when to when, in microseconds.
#[derive(Clone, Debug, PartialEq)]
struct Phase {
    table: char,
    name: String,
    from: f64,
    to: f64,
}

/// The picture of the run in this folder; `None` if it has not drawn the waiter in all three techniques.
///
/// # Errors
///
/// If a trace cannot be read.
pub fn waiter(run: &Path) -> anyhow::Result<Option<String>> {
    let mut all = Vec::new();
    for who in SHOWN {
        let path = run.join(format!("timelines/waiter-{who}.json"));
        if !path.exists() {
            return Ok(None);
        }
        let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let trace: Trace = serde_json::from_slice(&text)
            .with_context(|| format!("{} is no trace", path.display()))?;
        all.push((who, phases(trace)));
    }
    Ok(Some(draw(&all)))
}

fn phases(trace: Trace) -> Vec<Phase> {
    let mut begun: BTreeMap<(String, String), f64> = BTreeMap::new();
    let mut phases = Vec::new();
    for event in trace.events {
        let key = (event.id.clone(), event.name.clone());
        match (event.cat.as_str(), event.ph.as_str()) {
            ("phase", "b") => {
                begun.insert(key, event.ts);
            }
            ("phase", "e") => {
                // `thread B`: the table's name is the last letter.
                let table = event.id.chars().last();
                if let (Some(from), Some(table)) = (begun.remove(&key), table) {
                    phases.push(Phase {
                        table,
                        name: event.name,
                        from,
                        to: event.ts,
                    });
                }
            }
            _ => {}
        }
    }
    phases
}

fn draw(all: &[(Contestant, Vec<Phase>)]) -> String {
    let ends = |phases: &[Phase]| phases.iter().map(|phase| phase.to).fold(0.0, f64::max);
    let longest = all
        .iter()
        .map(|(_, phases)| ends(phases))
        .fold(1.0, f64::max);
    let place = |time: f64| LEFT + time / longest * (WIDTH - LEFT - 10.0);
    let mut body = String::new();
    let mut top = 4.0;
    for (who, phases) in all {
        let took = seconds(ends(phases) / 1e6);
        // Writing to a string cannot fail.
        let _ = writeln!(
            body,
            "<text x='4' y='{:.0}' class='who'>{who}: {took}</text>",
            top + 16.0
        );
        let mut tables: Vec<char> = phases.iter().map(|phase| phase.table).collect();
        tables.sort_unstable();
        tables.dedup();
        for (lane, table) in tables.iter().enumerate() {
            let y = top + HEAD + lane as f64 * LANE;
            let _ = writeln!(body, "<text x='4' y='{:.0}'>table {table}</text>", y + 8.0);
            for phase in phases.iter().filter(|phase| phase.table == *table) {
                let (class, height) = look(&phase.name);
                let (from, to) = (place(phase.from), place(phase.to));
                let _ = writeln!(
                    body,
                    "<rect class='{class}' x='{from:.1}' y='{:.1}' width='{:.1}' height='{height}'/>",
                    y + 4.0 - height / 2.0,
                    (to - from).max(0.5)
                );
            }
        }
        top += HEAD + tables.len() as f64 * LANE + 8.0;
    }
    let mut left = LEFT;
    for name in ["thinking", "waiting for the waiter", "ordering"] {
        let (class, height) = look(name);
        let _ = writeln!(
            body,
            "<rect class='{class}' x='{left}' y='{:.1}' width='24' height='{height}'/>\
             <text x='{:.0}' y='{:.0}'>{name}</text>",
            top + 10.0 - height / 2.0,
            left + 30.0,
            top + 14.0
        );
        left += 60.0 + 8.0 * name.len() as f64;
    }
    let height = top + 24.0;
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH:.0} {height:.0}' width='{WIDTH:.0}' role='img' \
         aria-label='Five tables and one waiter: one after another, in threads, as tasks'>\n<style>{STYLE}</style>\n\
         <rect class='back' width='{WIDTH:.0}' height='{height:.0}'/>\n{body}</svg>\n"
    )
}

/// How a phase is drawn: its class, and how high it is, so that colour is not needed.
fn look(phase: &str) -> (&'static str, f64) {
    match phase {
        "thinking" => ("thinking", 4.0),
        "ordering" => ("ordering", 12.0),
        _ => ("waiting", 1.5),
    }
}

const STYLE: &str = "text{font:13px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#1c2024}.who{font-weight:700}\
    .back{fill:#fff}.thinking{fill:#0e7490}.ordering{fill:#86198f}.waiting{fill:#8a929c}\
    @media(prefers-color-scheme:dark){text{fill:#e8eaed}.back{fill:#15181c}.thinking{fill:#3fc6dd}.ordering{fill:#e08cf0}\
    .waiting{fill:#9aa2ae}}";

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = r#"{"traceEvents":[
        {"name":"process_name","ph":"M","ts":0,"args":{"name":"threading waiter"}},
        {"cat":"phase","id":"thread B","name":"thinking","ph":"b","ts":100.0},
        {"cat":"phase","id":"thread B","name":"thinking","ph":"e","ts":40100.0},
        {"cat":"phase","id":"thread B","name":"ordering","ph":"b","ts":40100.0},
        {"cat":"phase","id":"thread B","name":"ordering","ph":"e","ts":50100.0}]}"#;

    #[test]
    fn phases_are_read_off_a_trace() {
        let phases = phases(serde_json::from_str(TRACE).unwrap());
        assert_eq!(phases.len(), 2);
        assert_eq!(
            (phases[1].table, phases[1].from, phases[1].to),
            ('B', 40100.0, 50100.0)
        );
    }

    #[test]
    fn techniques_share_a_scale() {
        let phase = |to| {
            vec![Phase {
                table: 'A',
                name: "ordering".to_owned(),
                from: 0.0,
                to,
            }]
        };
        let picture = draw(&[
            (Sequential, phase(200_000.0)),
            (Threading, phase(100_000.0)),
        ]);
        assert!(picture.contains("sequential: 200 ms") && picture.contains("threading: 100 ms"));
        assert!(picture.contains("width='640.0' height='12'"), "{picture}");
        assert!(picture.contains("width='320.0' height='12'"), "{picture}");
    }

    #[test]
    fn a_run_without_traces_has_no_picture() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(waiter(folder.path()).unwrap(), None);
        fs::create_dir(folder.path().join("timelines")).unwrap();
        for who in SHOWN {
            let path = folder.path().join(format!("timelines/waiter-{who}.json"));
            fs::write(path, TRACE).unwrap();
        }
        assert!(waiter(folder.path()).unwrap().unwrap().contains("table B"));
    }
}
