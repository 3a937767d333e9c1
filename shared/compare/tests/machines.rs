//! `make compare MACHINES=2`: the cluster's column, and nothing left of broker, machines and nodes.

mod tools;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tools::{programs, unwrapped, wait_until_none_is_left, without_options};

/// No run here takes longer, on any machine: whatever does is hung.
const HUNG: Duration = Duration::from_secs(300);

/// Where Debian and RabbitMQ's own packages put the server.
const SERVERS: [&str; 2] = [
    "/usr/lib/rabbitmq/bin/rabbitmq-server",
    "/usr/local/sbin/rabbitmq-server",
];

fn no_broker(test: &str) -> bool {
    let none = !SERVERS.iter().any(|server| Path::new(server).exists());
    if none {
        eprintln!("skipped: {test}: RabbitMQ is not installed");
    }
    none
}

/// What of a cluster is left that was started with the programs in this folder: they themselves, or a broker in a folder that was
/// made by them.
fn left(folder: &Path) -> Vec<PathBuf> {
    let processes = fs::read_dir("/proc").expect("Linux").flatten();
    let left = processes.filter(|process| {
        let program = fs::read_link(process.path().join("exe")).unwrap_or_default();
        let environment = fs::read(process.path().join("environ")).unwrap_or_default();
        let mark = format!("{MARK}={}", folder.display()).into_bytes();
        let marked = environment
            .split(|byte| *byte == 0)
            .any(|variable| variable == mark);
        // What has ended and is not reaped yet has no environment any more.
        program.starts_with(folder) || marked
    });
    left.map(|process| process.path()).collect()
}

/// A variable that all processes of a run inherit.
const MARK: &str = "STARTED_BY_TEST";

fn on_two_machines(folder: &Path, techniques: &str) -> Command {
    let mut compare = without_options(Command::new(folder.join("compare")));
    compare.env(MARK, folder);
    compare.args(["--machines", "2", "--quick", "--rounds", "1"]);
    compare.args(["--techniques", techniques]);
    compare
}

/// The report of a run that succeeds.
fn printed(compare: Command) -> String {
    let output = assert_cmd::Command::from_std(compare)
        .timeout(HUNG)
        .output()
        .expect("compare starts");
    let printed = [output.stdout, output.stderr];
    let [stdout, stderr] =
        printed.map(|text| String::from_utf8(text).expect("programs print UTF-8"));
    assert_eq!(output.status.code(), Some(0), "{stdout}{stderr}");
    stdout
}

#[test]
fn a_run_on_two_machines_has_the_column_and_leaves_no_process_behind() {
    if no_broker("a_run_on_two_machines_has_the_column_and_leaves_no_process_behind") {
        return;
    }
    let folder = programs("machines")
        .canonicalize()
        .expect("a folder of our own");
    let mut compare = on_two_machines(&folder, "sequential,cluster");
    compare.args(["--only", "waiter,hello,ticker,start,pingpong"]);
    let stdout = printed(compare);
    assert!(stdout.contains("cluster"), "{stdout}");
    assert!(
        unwrapped(&stdout).contains("cluster: 2 machines on this one, which are"),
        "{stdout}"
    );
    let results = fs::read(newest(&folder)).expect("results");
    let results: serde_json::Value = serde_json::from_slice(&results).expect("JSON");
    assert_eq!(results["standing"]["machines"], 2);
    for row in results["experiments"].as_array().expect("rows") {
        let cells = row["cells"].as_array().expect("cells").iter();
        let mut cells = cells.filter(|cell| cell["contestant"] == "cluster");
        let run = &cells.next().expect("the cluster's")["rounds"][0]["ran"];
        assert!(run["receipt"].is_object(), "{row}");
        if ["waiter", "hello"].iter().any(|name| row["name"] == *name) {
            assert_eq!(run["receipt"]["units"], 5, "{row}");
            let nodes = &run["receipt"]["readings"]["nodes_cpu"];
            assert!(nodes.as_f64() > Some(0.0), "{row}");
        }
    }
    let left = left(&folder);
    assert!(left.is_empty(), "{left:?}");
}

/// A Python with Celery and what downloads need: that of `make python`.
fn celery(test: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = root.join("target/python/bin/python3");
    let imports = ["-c", "import celery, requests"];
    let has_them = Command::new(&python)
        .args(imports)
        .stderr(Stdio::null())
        .status();
    if !has_them.is_ok_and(|status| status.success()) {
        eprintln!("skipped: {test}: Celery is not installed: `make python` installs it");
        return None;
    }
    Some(python)
}

#[test]
fn celerys_workers_do_the_same_jobs_beside_the_nodes_and_end_with_the_run() {
    let test = "celerys_workers_do_the_same_jobs_beside_the_nodes_and_end_with_the_run";
    let Some(python) = celery(test) else { return };
    if no_broker(test) {
        return;
    }
    let folder = programs("machines-celery").canonicalize();
    let folder = folder.expect("a folder of our own");
    let mut compare = on_two_machines(&folder, "cluster");
    compare.args(["--only", ROWS_OF_CELERY, "--python"]);
    compare.arg(&python);
    // Another answer than Rust's would be a failure, and one that is lost, too.
    printed(compare);
    let results = fs::read(newest(&folder)).expect("results");
    let results: serde_json::Value = serde_json::from_slice(&results).expect("JSON");
    let rows = results["pythons"][0]["experiments"].as_array();
    let rows = rows.expect("rows").iter().filter_map(|row| {
        let mut cells = row["cells"].as_array().expect("cells").iter();
        let cell = cells.find(|cell| cell["contestant"] == "cluster")?;
        Some((
            row["name"].as_str().expect("a name"),
            &cell["rounds"][0]["ran"],
        ))
    });
    let rows: std::collections::BTreeMap<_, _> = rows.collect();
    for name in "waiter hello sites cats lists squares hashes start-one pingpong-any-core \
                 tasks-alone tasks-chunks crash-abort ticker blocking"
        .split_whitespace()
    {
        let run = rows.get(name).unwrap_or_else(|| panic!("{name}: {rows:?}"));
        assert!(run["receipt"].is_object(), "{name}: {run}");
        if !["start-one", "crash-abort"].contains(&name) {
            let workers = &run["receipt"]["readings"]["nodes_cpu"];
            assert!(workers.as_f64() > Some(0.0), "{name}: {run}");
        }
    }
    assert_eq!(rows["crash-abort"]["receipt"]["errors"]["abort"], 1);
    let lines = fs::read_to_string(newest(&folder).with_file_name("results.csv"));
    let lines = lines.expect("a line for each run");
    let celerys = lines
        .lines()
        .filter(|line| line.starts_with("hashes,cluster,1,ok,") && line.contains("python3"));
    assert_eq!(celerys.count(), 1, "{lines}");
    let left = left(&folder);
    assert!(left.is_empty(), "{left:?}");
}

/// What Celery's workers have a part in.
const ROWS_OF_CELERY: &str =
    "waiter,hello,sites,cats,lists,squares,hashes,start,pingpong,tasks,crash,ticker,blocking";

#[test]
fn an_interrupt_leaves_nothing_of_the_cluster_behind() {
    if no_broker("an_interrupt_leaves_nothing_of_the_cluster_behind") {
        return;
    }
    let folder = programs("machines-interrupt");
    let folder = folder.canonicalize().expect("a folder of our own");
    let mut compare = on_two_machines(&folder, "sequential,cluster");
    let mut child = compare
        .args(["--only", "waiter"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("compare starts");
    let stderr = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut lines = stderr.lines().map_while(Result::ok);
    assert!(lines.any(|line| line.starts_with("waiting") || line.starts_with("warm-up")));
    assert!(!left(&folder).is_empty());
    kill_process(Pid::from_child(&child), Signal::TERM).expect("a child of our own");
    let said: Vec<_> = lines.collect();
    assert_eq!(
        child.wait().expect("a child of our own").code(),
        Some(130),
        "{said:?}"
    );
    // A new parent may take a moment to reap what had started others.
    wait_until_none_is_left(|| left(&folder));
}

/// The newest run's results.
fn newest(folder: &Path) -> PathBuf {
    let runs = fs::read_dir(folder.join("../compare/runs"))
        .expect("runs")
        .flatten();
    let newest = runs.map(|run| run.path()).max().expect("a run");
    newest.join("results.json")
}
