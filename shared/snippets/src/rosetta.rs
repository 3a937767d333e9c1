//! The table that leads from a Python name to its Rust counterpart and a snippet that shows it.

use std::fmt::Write;
use std::fs;

use anyhow::{Context, bail, ensure};

use crate::snippet::{self, Snippet, TECHNIQUES, workspace};

const README: &str = "shared/snippets/README.md";
const START: &str = "<!-- rosetta -->";
const END: &str = "<!-- /rosetta -->";

/// One thing that Python has: the snippets that show it, in whichever techniques have one.
struct Row {
    python: &'static str,
    stems: &'static [&'static str],
    /// For each technique, why it has none. A name in backticks is a snippet of that technique.
    instead: [&'static str; 3],
}

const fn row(
    python: &'static str,
    stems: &'static [&'static str],
    instead: [&'static str; 3],
) -> Row {
    Row {
        python,
        stems,
        instead,
    }
}

/// What the source documents show, in their order.
const ROWS: &[Row] = &[
    row(
        "start, name, join",
        &["thread", "process", "tasks"],
        ["", "", ""],
    ),
    row(
        "a class with run()",
        &["fibonacci"],
        [
            "",
            "a process runs a function: `process`",
            "an async block owns what it needs",
        ],
    ),
    row(
        "daemon",
        &["daemon"],
        [
            "",
            "a child ends with its parent",
            "tasks end with their loop: `event_loop`",
        ],
    ),
    row(
        "lifecycle",
        &["lifecycle"],
        ["", "`terminate`", "`coroutine`"],
    ),
    row(
        "stack size",
        &["stack_size"],
        ["", "that of the system: ulimit -s", ""],
    ),
    row(
        "context switches",
        &["context_switches"],
        ["", "counted as for threads, in /proc", ""],
    ),
    row(
        "local",
        &["thread_local"],
        ["", "nothing is shared to begin with: `initializer`", ""],
    ),
    row(
        "Lock",
        &["lock"],
        ["", "inside what it guards: `value`", ""],
    ),
    row(
        "RLock",
        &["rlock"],
        [
            "",
            "none: keep the guard and hand it on",
            "none, in Python either",
        ],
    ),
    row(
        "Semaphore",
        &["semaphore"],
        ["", "the number of workers: `pool`", ""],
    ),
    row("Event", &["event"], ["", "a message: `pipe`", ""]),
    row("Condition", &["condition"], ["", "a message: `queue`", ""]),
    row(
        "Barrier",
        &["barrier"],
        ["", "a message to each: `pipe`", ""],
    ),
    row("Queue", &["queue", "waiter_queue"], ["", "", ""]),
    row(
        "JoinableQueue, task_done, join",
        &["joinable_queue"],
        [
            "a ticket with each item: `queue`",
            "",
            "a ticket with each item: `queue`",
        ],
    ),
    row("Pipe, send, recv", &["pingpong", "pipe"], ["", "", ""]),
    row(
        "race: x = x + 1",
        &["race"],
        ["", "as between threads: `value`", ""],
    ),
    row(
        "deadlock",
        &["deadlock"],
        ["", "a lock outlives no owner: `value`", ""],
    ),
    row(
        "Pool.map, chunksize",
        &["pool"],
        ["", "", "none needed; for what blocks `offload`"],
    ),
    row(
        "apply_async, callback, get(timeout)",
        &["apply_async"],
        ["`future`, `timeout`", "", "`future`, `timeout`"],
    ),
    row(
        "initializer",
        &["initializer"],
        ["`thread_local`", "", "`thread_local`"],
    ),
    row(
        "maxtasksperchild",
        &["max_tasks"],
        [
            "a thread keeps nothing that only its end frees",
            "",
            "nor does a task",
        ],
    ),
    row("Executor", &["executor"], ["", "", "`offload`"]),
    row(
        "Future",
        &["future", "create_future"],
        ["", "`apply_async`", ""],
    ),
    row("cancel", &["cancel"], ["", "", ""]),
    row("timeout", &["timeout"], ["", "`apply_async`", ""]),
    row("wait", &["wait"], ["", "`executor`", ""]),
    row("as_completed", &["as_completed"], ["", "`executor`", ""]),
    row(
        "terminate, exitcode",
        &["terminate"],
        ["no thread ends another: `cancel`", "", "abort: `cancel`"],
    ),
    row(
        "a worker that crashes",
        &["crash"],
        [
            "a panic is an error of join: `future`",
            "",
            "a panic is an error of await: `future`",
        ],
    ),
    row(
        "pickling",
        &["pickling"],
        ["threads share memory", "", "tasks share memory"],
    ),
    row(
        "Value",
        &["value"],
        ["an atomic: `race`", "", "a Cell: `race`"],
    ),
    row(
        "Array",
        &["array"],
        ["a Vec in a Mutex: `lock`", "", "a Vec in a Mutex: `lock`"],
    ),
    row(
        "SharedMemory",
        &[],
        [
            "threads share all memory: `race`",
            "bytes that cross by their descriptor: `array`",
            "tasks share all memory: `race`",
        ],
    ),
    row(
        "Manager",
        &["manager"],
        ["a map in a Mutex: `lock`", "", "a map in a Mutex: `lock`"],
    ),
    row(
        "event loop",
        &["event_loop"],
        ["the system's scheduler", "the system's scheduler", ""],
    ),
    row(
        "coroutine",
        &["coroutine"],
        [
            "a thread runs once made: `thread`",
            "a process runs once made: `process`",
            "",
        ],
    ),
    row(
        "gather",
        &["gather", "gather_exceptions"],
        ["join in a second loop: `thread`", "`pool`", ""],
    ),
    row(
        "TaskGroup",
        &["task_group"],
        [
            "a scope joins its threads: `lock`",
            "a pool ends its tasks: `pool`",
            "",
        ],
    ),
    row(
        "async with",
        &["async_with"],
        [
            "with is a guard's life: `lock`",
            "with is a value's life: `pool`",
            "",
        ],
    ),
    row(
        "sleep, run at a set time",
        &["timer", "call_later"],
        ["", "as for threads", ""],
    ),
    row(
        "signals",
        &["signals"],
        [
            "std has none: the crate signal-hook",
            "sent: `terminate`",
            "",
        ],
    ),
    row(
        "a loop inside a loop",
        &["nested_runtime"],
        [
            "a thread may start threads",
            "a process may start processes",
            "",
        ],
    ),
    row(
        "a blocking call",
        &["blocking", "offload"],
        [
            "stops its own thread alone",
            "stops its own process alone",
            "",
        ],
    ),
    row(
        "Session",
        &["session"],
        ["", "one in each process: `initializer`", ""],
    ),
    row("streams", &["streams"], ["", "as for threads", ""]),
    row("HTTP server", &["server"], ["", "", ""]),
    row("timeit", &["timeit"], ["", "as for threads", ""]),
    row(
        "cpu_count",
        &["cpu_count"],
        ["", "the default width: `pool`", ""],
    ),
];

/// # Errors
///
/// If the README lacks the markers, or with `check` if what stands between them is out of date.
pub fn run(check: bool) -> anyhow::Result<()> {
    let path = workspace().join(README);
    let before = fs::read_to_string(&path).context(README)?;
    let after = insert(&before, &table(&snippet::all()?)?)?;
    if check {
        ensure!(
            before == after,
            "{README} lacks the current table: run `cargo run --bin snippets -- rosetta`"
        );
    } else if before != after {
        fs::write(&path, after)?;
    }
    Ok(())
}

fn insert(readme: &str, table: &str) -> anyhow::Result<String> {
    let parts = readme
        .split_once(START)
        .and_then(|(head, rest)| Some((head, rest.split_once(END)?.1)));
    let Some((head, tail)) = parts else {
        bail!("{README} has no place for the table: add {START} and {END} where it shall stand")
    };
    Ok(format!("{head}{START}\n{table}{END}{tail}"))
}

fn table(snippets: &[Snippet]) -> anyhow::Result<String> {
    let mut table =
        String::from("| Python | threads | processes | tasks |\n| --- | --- | --- | --- |\n");
    for row in ROWS {
        write!(table, "| {} |", row.python)?;
        for (technique, instead) in TECHNIQUES.iter().zip(row.instead) {
            write!(table, " {} |", cell(row, technique, instead, snippets)?)?;
        }
        table.push('\n');
    }
    Ok(table)
}

fn cell(row: &Row, technique: &str, instead: &str, snippets: &[Snippet]) -> anyhow::Result<String> {
    let own = snippets
        .iter()
        .filter(|snippet| snippet.technique == technique);
    let shown = own
        .clone()
        .filter(|snippet| row.stems.contains(&snippet.stem.as_str()));
    let links: Vec<_> = shown.map(link).collect();
    if !links.is_empty() {
        return Ok(links.join("<br>"));
    }

    let python = row.python;
    ensure!(
        !instead.is_empty(),
        "{technique} has no snippet for `{python}`, and no reason why"
    );
    let mut reason = String::from("– ");
    for (index, part) in instead.split('`').enumerate() {
        if index % 2 == 0 {
            reason.push_str(part);
        } else {
            let named = own.clone().find(|snippet| snippet.stem == part);
            let named = named
                .with_context(|| format!("{technique} has no snippet {part}, see `{python}`"))?;
            write!(reason, "[{part}]({})", named.link())?;
        }
    }
    Ok(reason)
}

fn link(snippet: &Snippet) -> String {
    match &snippet.lines {
        // A bar ends a cell of the table, in code as well.
        Some((python, rust)) => {
            let [python, rust] = [python, rust].map(|line| line.replace('|', "\\|"));
            format!("`{python}`<br>[`{rust}`]({})", snippet.link())
        }
        None => format!("[`{}`]({})", snippet.stem, snippet.link()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the source documents show, and the rows of the table that answer it.
    const SHOWN: &[(&str, &[&str])] = &[
        (
            "Thread; a class with run(); name; daemon",
            &["start, name, join", "a class with run()", "daemon"],
        ),
        (
            "thread lifecycle, stack space, switches",
            &["lifecycle", "stack size", "context switches"],
        ),
        ("threading.local", &["local"]),
        ("Lock", &["Lock"]),
        ("RLock", &["RLock"]),
        ("Semaphore, BoundedSemaphore", &["Semaphore"]),
        ("Event", &["Event"]),
        ("Condition", &["Condition"]),
        ("Queue", &["Queue"]),
        (
            "x = x + 1; a lock never released",
            &["race: x = x + 1", "deadlock"],
        ),
        ("ThreadPool.map", &["Pool.map, chunksize"]),
        ("ThreadPoolExecutor, ProcessPoolExecutor", &["Executor"]),
        (
            "Future, wait, as_completed",
            &["Future", "cancel", "wait", "as_completed"],
        ),
        ("Process", &["start, name, join", "terminate, exitcode"]),
        ("pickling", &["pickling"]),
        (
            "Pool",
            &[
                "Pool.map, chunksize",
                "apply_async, callback, get(timeout)",
                "initializer",
                "maxtasksperchild",
            ],
        ),
        ("Pipe", &["Pipe, send, recv"]),
        ("multiprocessing.Queue", &["Queue"]),
        ("Value, Array", &["Value", "Array"]),
        ("Manager", &["Manager"]),
        (
            "Pool against Process",
            &["Pool.map, chunksize", "start, name, join"],
        ),
        ("event loop", &["event loop"]),
        ("coroutine", &["coroutine"]),
        (
            "create_task, gather, wait",
            &["start, name, join", "gather", "wait"],
        ),
        ("async with", &["async with"]),
        (
            "sleep, call_at, await another, signals",
            &["sleep, run at a set time", "Future", "signals"],
        ),
        ("asyncio.run inside a loop", &["a loop inside a loop"]),
        ("a blocking call in the loop", &["a blocking call"]),
        ("requests.Session, urllib, aiohttp", &["Session", "streams"]),
        ("timeit", &["timeit"]),
        ("cpu_count", &["cpu_count"]),
    ];

    #[test]
    fn everything_that_the_documents_show_has_a_row_with_a_snippet() {
        let snippets = snippet::all().unwrap();
        for (shown, labels) in SHOWN {
            for label in *labels {
                let row = ROWS.iter().find(|row| row.python == *label);
                let row = row.unwrap_or_else(|| panic!("{shown}: no row `{label}`"));
                let has_snippet =
                    |stem: &&str| snippets.iter().any(|snippet| snippet.stem == **stem);
                assert!(
                    row.stems.iter().any(has_snippet),
                    "{shown}: no snippet for `{label}`"
                );
            }
        }
    }

    #[test]
    fn readme_has_a_snippet_or_a_reason_for_each_row_and_technique() {
        run(true).unwrap();
    }

    #[test]
    fn every_snippet_stands_in_the_table() {
        for snippet in snippet::all().unwrap() {
            let stands = ROWS
                .iter()
                .any(|row| row.stems.contains(&snippet.stem.as_str()));
            assert!(stands, "{} is in no row", snippet.name());
        }
    }

    #[test]
    fn the_table_replaces_what_stood_between_the_markers() {
        let readme = format!("before\n{START}\nold\n{END}\nafter\n");
        let once = insert(&readme, "new\n").unwrap();
        assert_eq!(once, format!("before\n{START}\nnew\n{END}\nafter\n"));
        assert_eq!(insert(&once, "new\n").unwrap(), once);
        assert!(insert("no markers", "new\n").is_err());
    }
}
