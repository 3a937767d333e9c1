//! A reader's own work: commands, addresses, functions in Rust and Python, measured in every technique.

mod tools;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use signal_hook::consts::SIGINT;
use tempfile::TempDir;
use tools::{programs, unwrapped, without_options};

/// `compare work`, in a folder of its own, and what it is given on standard input.
struct Bench {
    programs: PathBuf,
    here: TempDir,
}

impl Bench {
    fn new(name: &str) -> Self {
        Self {
            programs: programs(name),
            here: tempfile::tempdir().expect("a folder"),
        }
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.here.path().join(name), text).expect("a folder of our own");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = without_options(Command::new(self.programs.join("compare")));
        command.arg("work").args(arguments);
        command.current_dir(self.here.path()).env("COLUMNS", "200");
        command
    }

    fn run(&self, arguments: &[&str], lines: &str) -> Output {
        let mut command = self.command(arguments);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command
            .stderr(Stdio::piped())
            .spawn()
            .expect("compare starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        // A program that refuses its arguments reads nothing.
        let _ = stdin.write_all(lines.as_bytes());
        drop(stdin);
        child.wait_with_output().expect("a child of our own")
    }

    fn done(&self, arguments: &[&str], lines: &str) -> String {
        let output = self.run(arguments, lines);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        unwrapped(&String::from_utf8(output.stdout).expect("text"))
    }

    fn results(&self, name: &str) -> Value {
        let folder = self.folder(name);
        let text = fs::read(folder.join("work.json")).expect("results");
        let csv = fs::read_to_string(folder.join("work.csv")).expect("runs");
        assert!(csv.starts_with("technique,workers,round,seconds"), "{csv}");
        let page = fs::read_to_string(folder.join("index.html")).expect("a page");
        assert!(page.contains("id='verdict'"), "{page}");
        let results = serde_json::from_slice(&text).expect("JSON");
        let schema = fs::read(folder.join("work.schema.json")).expect("a schema");
        let schema = serde_json::from_slice(&schema).expect("JSON");
        if let Err(error) = jsonschema::validate(&schema, &results) {
            panic!("work.json does not fit its schema: {error}");
        }
        results
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.programs.join("../work").join(name)
    }
}

/// The techniques that brought home so many units in every run of the row.
fn units(results: &Value) -> Vec<(String, Vec<u64>)> {
    let cells = results["row"]["cells"].as_array().expect("cells");
    let units = |cell: &Value| {
        let rounds = cell["rounds"].as_array().expect("rounds");
        let units = rounds
            .iter()
            .map(|round| round["ran"]["receipt"]["units"].as_u64());
        units.collect::<Option<Vec<_>>>().expect("receipts")
    };
    let name = |cell: &Value| cell["contestant"].as_str().expect("a name").to_owned();
    cells.iter().map(|cell| (name(cell), units(cell))).collect()
}

#[test]
fn a_command_is_done_for_each_line_in_every_technique() {
    let bench = Bench::new("command");
    let text = bench.done(
        &["sh -c 'echo \"$0\"' {}", "--workers", "2"],
        "a b\nc\nd\ne\nf\n",
    );
    for part in [
        "5 items",
        "One item",
        "Prediction",
        "Measured",
        "Verdict",
        "the same twice",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let results = bench.results("command");
    let cells = units(&results);
    assert_eq!(cells.len(), 4);
    for (who, units) in cells {
        assert!(
            units.len() >= 3 && units.iter().all(|it| *it == 5),
            "{who} {units:?}"
        );
    }
    assert_eq!(results["unequal"], Value::Null);
    let mut printed: Vec<_> = run_alone(&results, "a b\nc\nd\n")
        .lines()
        .map(str::to_owned)
        .collect();
    printed.sort();
    assert_eq!(printed, ["a b", "c", "d"]);
}

#[test]
fn items_that_a_command_fails_at_are_counted_and_left_out_of_all_times() {
    let bench = Bench::new("failing");
    let text = bench.done(
        &["sh -c 'exit $0' {}", "--workers", "2"],
        "0\n3\n0\n3\n7\n0\n",
    );
    assert!(text.contains("exit code 3 (2), exit code 7 (1)"), "{text}");
    for (who, units) in units(&bench.results("command")) {
        assert!(units.iter().all(|it| *it == 3), "{who} {units:?}");
    }
    let output = bench.run(&["false {}"], "a\nb\n");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said.contains("no item gives an answer: exit code 1 (2)"),
        "{said}"
    );
}

#[test]
fn once_does_every_item_once_in_each_technique_and_ranks_nothing() {
    let bench = Bench::new("once");
    let script = "sh -c 'echo \"$0\" >> done; echo \"$0\"' {}";
    let text = bench.done(&[script, "--once"], "a\nb\nc\n");
    assert!(text.contains("one run ranks nothing"), "{text}");
    let done = fs::read_to_string(bench.here.path().join("done")).expect("a file");
    for item in ["a", "b", "c"] {
        assert_eq!(
            done.lines().filter(|line| *line == item).count(),
            4,
            "{done}"
        );
    }
}

#[test]
fn answers_that_differ_from_one_technique_to_another_are_not_ranked() {
    let bench = Bench::new("unequal");
    // The program whose child the command is says who does it; one after another it is the same twice.
    let script = "sh -c 'cat /proc/$PPID/comm' {}";
    let text = bench.done(&[script, "--workers", "2"], "a\nb\nc\n");
    assert!(
        text.contains("Nothing is ranked, because the answers differ: item "),
        "{text}"
    );
}

#[test]
fn addresses_are_fetched_by_the_download_programs() {
    let (port, _) = server();
    let bench = Bench::new("addresses");
    let good = (0..6).map(|page| format!("http://127.0.0.1:{port}/page/{page}\n"));
    let lines = good.collect::<String>() + &format!("http://127.0.0.1:{port}/missing\n");
    bench.write("urls.txt", &lines);
    let text = bench.done(&["urls.txt", "--workers", "3"], "");
    assert!(
        text.contains("7 items") && text.contains("Verdict"),
        "{text}"
    );
    assert!(text.contains("left out of all times: "), "{text}");
    assert!(!text.contains("Addresses on other machines"), "{text}");
    let results = bench.results("addresses");
    for (who, units) in units(&results) {
        assert!(units.iter().all(|it| *it == 6), "{who} {units:?}");
    }
    let line = results["program"]["command"].as_str().expect("a line");
    let mut shell = Command::new("sh");
    let shell = shell.args(["-c", line]).current_dir(bench.here.path());
    let output = shell.output().expect("a shell");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains("6 pages"), "{line}: {printed}");
}

#[test]
fn other_machines_get_few_requests_at_once_and_no_more_than_allowed_in_all() {
    let (port, load) = server();
    let bench = Bench::new("polite");
    // An address that is none of this machine's own by its name, and leads to it all the same.
    let lines = (0..30).map(|page| format!("http://0.0.0.0:{port}/page/{page}\n"));
    bench.write("urls.txt", &lines.collect::<String>());
    for (arguments, at_once, in_all) in [
        (&["urls.txt"][..], 5, 200),
        (&["urls.txt", "--workers", "3", "--requests", "59"], 3, 59),
    ] {
        let text = bench.done(arguments, "");
        let said = format!("at most {at_once} requests at once and {in_all} in all");
        assert!(text.starts_with("Addresses on other machines: "), "{text}");
        assert!(text.contains(&said), "{text}");
        let (most, total) = load.taken();
        assert!((2..=at_once).contains(&most), "{most} at once");
        assert!((in_all / 2..=in_all).contains(&total), "{total} in all");
    }
    let output = bench.run(&["urls.txt", "--requests", "19"], "");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("an address takes 20 requests"), "{said}");
    assert_eq!(load.taken(), (0, 0));
}

#[test]
fn once_asks_for_each_address_once_in_each_technique() {
    let (port, load) = server();
    let bench = Bench::new("asked-once");
    let lines = (0..4).map(|page| format!("http://127.0.0.1:{port}/page/{page}\n"));
    bench.write("urls.txt", &lines.collect::<String>());
    let text = bench.done(&["urls.txt", "--once"], "");
    assert!(text.contains("one run ranks nothing"), "{text}");
    assert_eq!(load.taken().1, 4 * 4, "{text}");
}

#[test]
fn a_redirect_to_another_machine_counts_among_the_allowed_requests() {
    let (port, load) = server();
    let bench = Bench::new("moved");
    let list = |host: &str| {
        let lines = (0..30).map(|page| format!("http://{host}:{port}/moved/{page}\n"));
        bench.write("urls.txt", &lines.collect::<String>());
    };
    list("0.0.0.0");
    for in_all in [200, 59] {
        bench.done(&["urls.txt", "--requests", &in_all.to_string()], "");
        let (_, total) = load.taken();
        assert!((in_all / 2..=in_all).contains(&total), "{total} in all");
    }
    let refused = |arguments: &[&str], why: &str| {
        let output = bench.run(arguments, "");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(why), "{said}");
    };
    let few = ["urls.txt", "--requests", "20"];
    refused(&few, "leads to another and takes 40 requests");
    list("127.0.0.1");
    refused(&["urls.txt"], "leads to another machine");
}

/// What a server has had to do.
#[derive(Default)]
struct Load {
    now: AtomicUsize,
    most: AtomicUsize,
    total: AtomicUsize,
}

impl Load {
    fn begin(&self) {
        self.total.fetch_add(1, SeqCst);
        let now = self.now.fetch_add(1, SeqCst) + 1;
        self.most.fetch_max(now, SeqCst);
    }

    fn end(&self) {
        self.now.fetch_sub(1, SeqCst);
    }

    /// The most requests at once, and all of them, since this was asked for last.
    fn taken(&self) -> (usize, usize) {
        (self.most.swap(0, SeqCst), self.total.swap(0, SeqCst))
    }
}

/// A server of this test's own: its port, and what it has to do.
fn server() -> (u16, Arc<Load>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let load = Arc::new(Load::default());
    let seen = Arc::clone(&load);
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let seen = Arc::clone(&seen);
            thread::spawn(move || serve(connection, &seen));
        }
    });
    (port, load)
}

/// Answers requests until the connection ends, each after a moment, in which others come.
fn serve(mut connection: TcpStream, load: &Load) {
    let mut requests = BufReader::new(connection.try_clone().expect("a socket"));
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            match requests.read_line(&mut head) {
                Ok(1..) => {}
                _ => return,
            }
        }
        load.begin();
        thread::sleep(Duration::from_millis(5));
        let answer = match head.split('/').nth(1) {
            Some("missing HTTP") => {
                "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_owned()
            }
            Some("moved") => {
                let port = connection.local_addr().expect("a socket").port();
                format!(
                    "HTTP/1.1 302 Found\r\nlocation: http://0.0.0.0:{port}/page\r\ncontent-length: 0\r\n\r\n"
                )
            }
            _ => "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello".to_owned(),
        };
        load.end();
        if connection.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// The one test that compiles: a function of which an item aborts, its program for the reader, and what the compiler says.
#[test]
fn a_function_in_rust_is_built_into_the_four_programs_and_one_to_take_along() {
    let bench = Bench::new("rust");
    bench.write(
        "mine.rs",
        "//! Mine.\n\n#[derive(serde::Serialize, serde::Deserialize)]\nstruct Item(u32);\n\n\
         fn items() -> Vec<Item> {\n    (0..12).map(Item).collect()\n}\n\n\
         fn work(item: Item) -> Result<u32, String> {\n    if item.0 == 7 {\n        std::process::abort();\n    }\n    Ok(item.0 + 1)\n}\n\n\
         async fn work_async(item: Item) -> Result<u32, String> {\n    tokio::task::yield_now().await;\n    work(item)\n}\n",
    );
    let text = bench.done(&["mine.rs", "--workers", "2"], "");
    let lost = "Lost of 12 items: sequential all, threading all, multiprocessing 1, asyncio all.";
    assert!(
        text.contains("Use processes") && text.contains(lost),
        "{text}"
    );
    let results = bench.results("mine");
    for (who, units) in units(&results) {
        assert!(units.iter().all(|it| *it == 11), "{who} {units:?}");
    }

    let package = fs::canonicalize(bench.folder("mine").join("program")).expect("it is written");
    assert_eq!(results["program"]["path"], package.to_str().expect("UTF-8"));
    let program = package;
    let mut run = Command::new(env!("CARGO"));
    run.args(["run", "--quiet", "--release"])
        .current_dir(&program);
    run.env("CARGO_TARGET_DIR", bench.folder("build"));
    let output = run.output().expect("cargo");
    let said = String::from_utf8_lossy(&output.stderr);
    let printed = String::from_utf8_lossy(&output.stdout);
    assert_eq!(printed.trim(), "11 of 12 items have an answer", "{said}");
    assert!(!said.contains("warning"), "{said}");

    bench.write("wrong.rs", "fn items() -> Vec<u8> {\n    vec![1]\n}\n\nfn work(item: u8) -> u8 {\n    item + \"a\"\n}\n");
    // Twice: what has failed before, or what another file has left in the target folder, is not taken for this one.
    for _ in 0..2 {
        let output = bench.run(&["wrong.rs"], "");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("--> wrong.rs:6:10"), "{said}");
    }
}

#[test]
fn a_function_in_python_is_measured_in_pythons_own_four_ways() {
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("skipped: no python3");
        return;
    }
    let bench = Bench::new("python");
    bench.write(
        "mine.py",
        "import asyncio\ndef items():\n    return list(range(6))\ndef work(item):\n    return item * item\n\
         async def work_async(item):\n    await asyncio.sleep(0)\n    return item * item\n",
    );
    let text = bench.done(&["mine.py", "--workers", "2"], "");
    assert!(
        text.contains("6 items") && text.contains("Verdict"),
        "{text}"
    );
    let results = bench.results("mine");
    for (who, units) in units(&results) {
        assert!(units.iter().all(|it| *it == 6), "{who} {units:?}");
    }
    let program = run_alone(&results, "");
    assert_eq!(program, "0\n1\n4\n9\n16\n25\n");

    bench.write("half.py", "def items():\n    return [1]\n");
    let output = bench.run(&["half.py"], "");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("lacks `def work(item)`"), "{said}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_file_in_python_may_be_called_like_a_module_of_the_standard_library_or_like_none() {
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("skipped: no python3");
        return;
    }
    let bench = Bench::new("python-names");
    bench.write("helper.py", "def twice(number):\n    return 2 * number\n");
    for file in ["queue.py", "my.work.py"] {
        // Processes that are not forked, which is the default from Python 3.14 on, know its classes, too.
        bench.write(
            file,
            "import multiprocessing\nimport helper\n\nmultiprocessing.set_start_method('spawn', force=True)\n\n\n\
             class Item:\n    def __init__(self, number):\n        self.number = number\n\n\n\
             def items():\n    return [Item(number) for number in range(6)]\n\n\n\
             def work(item):\n    return helper.twice(item.number)\n",
        );
        bench.done(&[file, "--once"], "");
        let results = bench.results(file.trim_end_matches(".py").replace('.', "-").as_str());
        assert_eq!(results["unequal"], Value::Null, "{file}");
        for (who, units) in units(&results) {
            assert!(units.iter().all(|it| *it == 6), "{file}: {who} {units:?}");
        }
    }
}

/// What the program to take along prints, by the line for a shell that `compare` names.
fn run_alone(results: &Value, lines: &str) -> String {
    let line = results["program"]["command"].as_str().expect("a line");
    let mut shell = Command::new("sh");
    shell.args(["-c", line.trim_start_matches("… | ")]);
    let mut shell = shell
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a shell");
    let mut stdin = shell.stdin.take().expect("a pipe");
    let _ = stdin.write_all(lines.as_bytes());
    drop(stdin);
    let output = shell.wait_with_output().expect("a child of our own");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {said}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn an_item_in_python_that_ends_its_process_is_lost_alone_in_a_process_of_its_own() {
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("skipped: no python3");
        return;
    }
    let bench = Bench::new("python-ends");
    for (end, said) in [
        ("os._exit(0)", "ended with exit code 0, before its time"),
        (
            "os.kill(os.getpid(), 11)",
            "ended by signal 11 (segmentation fault)",
        ),
    ] {
        let text = format!(
            "import os\n\n\ndef items():\n    return list(range(12))\n\n\n\
             def work(item):\n    if item == 7:\n        {end}\n    return item\n"
        );
        bench.write("mine.py", &text);
        let text = bench.done(&["mine.py", "--workers", "2"], "");
        let alone = format!(
            "Use a process for each item: an item ends the process that does it ({said}), and so only 1 of 12 is lost."
        );
        assert!(text.contains(&alone), "{text}");
        assert!(
            text.contains("Lost otherwise: sequential all, threading all, multiprocessing "),
            "{text}"
        );
        let results = bench.results("mine");
        let lost = &results["lost"];
        for who in ["sequential", "threading", "asyncio"] {
            assert_eq!(lost[who]["items"], 12, "{lost}");
        }
        // How far the pool has come by then is a matter of luck; its own chunk it loses.
        let processes = &lost["multiprocessing"];
        assert!(
            (2..=12).contains(&processes["items"].as_u64().expect("a number")),
            "{lost}"
        );
        let why = processes["why"].as_str().expect("words");
        assert!(why.starts_with("BrokenProcessPool: "), "{why}");
        for (who, units) in units(&results) {
            assert!(units.iter().all(|it| *it == 11), "{who} {units:?}");
        }
        let printed = run_alone(&results, "");
        assert_eq!(
            printed,
            "0\n1\n2\n3\n4\n5\n6\n7 ended its process\n8\n9\n10\n11\n"
        );
    }
}

/// A Python with subinterpreters, if there is one here: `PYTHON314`, or python3.14 on the path.
fn with_subinterpreters() -> Option<String> {
    let named = std::env::var("PYTHON314").unwrap_or_else(|_| "python3.14".to_owned());
    let mut ask = Command::new(&named);
    ask.args([
        "-c",
        "from concurrent.futures import InterpreterPoolExecutor",
    ]);
    let found = ask.output().is_ok_and(|output| output.status.success());
    if !found {
        eprintln!("skipped: {named} is not here, or has no subinterpreters");
    }
    found.then_some(named)
}

#[test]
fn a_python_with_subinterpreters_is_measured_with_them_too() {
    let Some(python) = with_subinterpreters() else {
        return;
    };
    let bench = Bench::new("subinterpreters");
    bench.write(
        "mine.py",
        "class Item:\n    def __init__(self, number):\n        self.number = number\n\n\n\
         def items():\n    return [Item(number) for number in range(6)]\n\n\n\
         def work(item):\n    if item.number == 4:\n        raise ValueError(item.number)\n    return item.number\n",
    );
    let arguments = ["mine.py", "--python", &python, "--workers", "2"];
    let text = bench.done(&arguments, "");
    assert!(text.contains("ValueError: 4 (1)"), "{text}");
    assert!(text.contains(" subinterpreters"), "{text}");
    assert!(!text.contains("Without subinterpreters"), "{text}");
    let results = bench.results("mine");
    let cells = units(&results);
    assert_eq!(cells.last().expect("cells").0, "subinterpreters");
    for (who, units) in cells {
        assert!(units.iter().all(|it| *it == 5), "{who} {units:?}");
    }
    assert_eq!(results["unequal"], Value::Null);

    // A package that refuses to be imported there, as some do that are written in C.
    bench.write(
        "refuses.py",
        "from concurrent import interpreters\n\n\
         if interpreters.get_current() != interpreters.get_main():\n    raise ImportError('module sums does not support loading here')\n\n\n\
         def items():\n    return [1, 2, 3]\n\n\n\
         def work(item):\n    return item\n",
    );
    for more in [&["--workers", "2"][..], &["--once"]] {
        let arguments = [&["refuses.py", "--python", &python], more].concat();
        let text = bench.done(&arguments, "");
        let why =
            "Without subinterpreters: ImportError: module sums does not support loading here.";
        assert!(text.contains(why), "{text}");
        let results = bench.results("refuses");
        assert_eq!(units(&results).len(), 4);
        assert_eq!(results["unequal"], Value::Null);
    }
}

#[test]
fn a_python_without_subinterpreters_says_so_in_a_line() {
    let mut ask = Command::new("python3");
    ask.args(["-c", "import sys; sys.exit(sys.version_info >= (3, 14))"]);
    if !ask.output().is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: no python3 before 3.14");
        return;
    }
    let bench = Bench::new("without");
    bench.write(
        "mine.py",
        "def items():\n    return [1, 2]\ndef work(item):\n    return item\n",
    );
    let text = bench.done(&["mine.py", "--workers", "2"], "");
    assert!(
        text.contains("Without subinterpreters: CPython 3."),
        "{text}"
    );
    assert!(
        text.contains(" has none; CPython 3.14 and newer do."),
        "{text}"
    );
    assert_eq!(units(&bench.results("mine")).len(), 4);
}

#[test]
fn work_that_cannot_be_measured_gets_one_line_and_exit_code_2() {
    let bench = Bench::new("refused");
    bench.write("empty.rs", "");
    bench.write(
        "async.rs",
        "fn items() -> Vec<u8> { vec![] }\nasync fn work(item: u8) {}\n",
    );
    bench.write("ftp.txt", "ftp://example.org/\n");
    for (arguments, said) in [
        (&["none.rs"][..], "there is no file none.rs"),
        (&["none.txt"], "allowed are a file of Rust"),
        (&["gzip -c"], "needs {} where the item goes"),
        (&["no-such-program {}"], "no-such-program is not found"),
        (&["echo {%}"], "{%} is no place for an item"),
        (&["echo {}"], "needs items"),
        (
            &["echo {}", "--items", "*.none"],
            "no file is called *.none",
        ),
        (&["echo {}", "--workers", "0"], "from 1 to 10000"),
        (&["empty.rs"], "lacks `fn work(item: T) -> R`"),
        (&["async.rs"], "call it `work_async`"),
        (&["ftp.txt"], "ftp.txt, address 1"),
        (&["-"], "holds no address"),
        (&[], "required"),
    ] {
        let output = bench.run(arguments, "");
        let line = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {line}");
        assert!(line.contains(said), "{arguments:?}: {line}");
        assert_eq!(line.lines().count(), 1, "{line}");
    }
    bench.done(&["new"], "");
    let again = bench.run(&["new"], "");
    assert_eq!(again.status.code(), Some(2));
}

#[test]
fn an_interrupt_ends_all_that_was_started() {
    // A signal that is caught here is not inherited as ignored.
    let caught = Arc::new(AtomicBool::new(true));
    signal_hook::flag::register_conditional_shutdown(SIGINT, 130, caught).expect("a signal");
    let bench = Bench::new("stopped");
    bench.write("items", "");
    let mut command = bench.command(&["sh -c 'sleep 1000' {}", "--items", "items"]);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("compare starts");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe"))
        .lines()
        .map_while(Result::ok);
    assert!(lines.any(|line| line == "looking at items"));
    kill_process(Pid::from_child(&child), Signal::INT).expect("a child of our own");
    let said: String = lines.collect();
    let mut text = String::new();
    child
        .stdout
        .take()
        .expect("a pipe")
        .read_to_string(&mut text)
        .expect("text");
    assert_eq!(child.wait().expect("a child").code(), Some(130), "{said}");
    assert!(said.contains("interrupted: "), "{said}");
    // Whatever ran here would still have this folder for its own.
    let here = bench.here.path();
    let left = fs::read_dir("/proc")
        .expect("Linux")
        .flatten()
        .filter(|process| {
            fs::read_link(process.path().join("cwd")).is_ok_and(|cwd| cwd == Path::new(here))
        });
    assert_eq!(left.count(), 0);
}
