//! The Python twins do the same work as the Rust programs, and hand in the same receipts.
//!
//! The interpreter is the first of `PYTHON`, or the one that `make python` has set up, or `python3`. Without one, or
//! without its packages, tests say that they are skipped.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use shared::Receipt;
use shared::cli::Report;
use shared::receipt::Answer;
use shared::server::{Server, Stats};
use shared::{compute, download, waiter};
use suite::{Answers, Peer, ensure_gone};

const TECHNIQUES: [&str; 4] = ["sequential", "threading", "multiprocessing", "asyncio"];

/// No run here takes longer, on any machine: whatever does is hung.
const HUNG: Duration = Duration::from_secs(120);

/// An interpreter that can run the twins, and the packages that it lacks.
struct Python {
    program: PathBuf,
    missing: Vec<String>,
}

static PYTHON: LazyLock<Option<Python>> = LazyLock::new(|| {
    let listed = std::env::var("PYTHON").ok();
    let listed = listed.and_then(|list| Some(list.split(',').next()?.trim().to_owned()));
    let listed = listed
        .filter(|name| !name.is_empty())
        .map(|name| match name.contains('/') {
            // As in `make compare`, a path begins at the root of the repository.
            true => root().join(name),
            false => name.into(),
        });
    let set_up = Some(root().join("target/python/bin/python3")).filter(|path| path.exists());
    Python::found(listed.or(set_up).unwrap_or("python3".into()))
});

/// The oldest Python that takes part, and the other implementation.
static PYPY: LazyLock<Option<Python>> = LazyLock::new(|| Python::found("pypy3".into()));

impl Python {
    /// The interpreter of this name, if it is installed and new enough.
    fn found(program: PathBuf) -> Option<Self> {
        let output = Command::new(&program)
            .arg(twins())
            .arg("interpreter")
            .output()
            .ok()?;
        let (stdout, stderr) = texts(&output);
        if stderr.contains("is too old") {
            return None;
        }
        assert!(output.status.success(), "{}: {stderr}", program.display());
        let described: Value = serde_json::from_str(&stdout).expect("a description");
        let missing = described["missing"].as_array().expect("a list").iter();
        let missing = missing.filter_map(|name| name.as_str().map(str::to_owned));
        // Celery takes part where a broker does, which is in `make compare MACHINES=2`.
        let missing = missing.filter(|name| name != "celery");
        Some(Python {
            missing: missing.collect(),
            program,
        })
    }
}

/// The interpreter, or a word that the test is skipped, printed past the test harness.
fn python() -> Option<&'static Python> {
    if PYTHON.is_none() {
        skip("no python3 of version 3.9 or newer is installed");
    }
    PYTHON.as_ref()
}

/// The same, with all packages.
fn python_with_packages() -> Option<&'static Python> {
    let python = python()?;
    if !python.missing.is_empty() {
        let missing = python.missing.join(" and ");
        skip(&format!(
            "{missing} are not installed: `make python` installs them"
        ));
        return None;
    }
    Some(python)
}

fn skip(reason: &str) {
    let test = std::thread::current();
    let test = test.name().unwrap_or("a test");
    writeln!(io::stderr(), "skipped: {test}: {reason}").expect("standard error");
}

fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().expect("a repository")
}

fn twins() -> PathBuf {
    root().join("shared/python")
}

impl Python {
    /// Whether it has this module.
    fn has(&self, module: &str) -> bool {
        let import = Command::new(&self.program)
            .args(["-c", &format!("import {module}")])
            .stderr(Stdio::null())
            .status();
        import.expect("the interpreter starts").success()
    }

    fn run(&self, words: &str) -> Output {
        assert_cmd::Command::new(&self.program)
            .arg(twins())
            .args(words.split_whitespace())
            .timeout(HUNG)
            .output()
            .expect("the interpreter starts")
    }

    fn receipt(&self, technique: &str, arguments: &str) -> Receipt {
        let output = self.run(&format!("{technique} {arguments} --json"));
        let (stdout, stderr) = texts(&output);
        assert!(output.status.success(), "{technique} {arguments}: {stderr}");
        let report: Report = serde_json::from_str(&stdout).expect("a receipt and nothing else");
        assert_eq!(report.program, technique);
        assert!(arguments.starts_with(&report.workload) && report.seconds > 0.0);
        report.receipt
    }

    /// The one line in which a run that must fail with this exit code says why.
    fn failure(&self, words: &str, code: i32) -> String {
        let output = self.run(words);
        let (_, stderr) = texts(&output);
        assert_eq!(output.status.code(), Some(code), "{words}: {stderr}");
        let line = stderr.strip_suffix('\n').expect("a line on standard error");
        assert!(!line.contains('\n'), "{words}: more than one line: {line}");
        line.to_owned()
    }
}

fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("programs print UTF-8");
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn receipts_of_waiting_and_computing_are_those_of_rust() {
    let Some(python) = python() else { return };
    for technique in TECHNIQUES {
        for (arguments, expected) in [
            (
                "waiter --time-scale 0.01",
                Some(waiter::Job::new(5, 1.0).expected()),
            ),
            (
                "waiter --time-scale 0 --size 26",
                Some(waiter::Job::new(26, 1.0).expected()),
            ),
            (
                "lists --size 250 --workers 2",
                compute::Job::lists(250, 1).expected(),
            ),
            (
                "squares --size 1000",
                compute::Job::squares(1000, 1).expected(),
            ),
            (
                "squares --slices --size 1000 --workers 3",
                compute::Job::slices(20_000, 3).expected(),
            ),
            (
                "hashes --size 1000",
                compute::Job::hashes(1000, 1).expected(),
            ),
            (
                "hashes --size 1000 --repeat 2",
                compute::Job::hashes(1000, 1).repeated(2).expected(),
            ),
        ] {
            let receipt = python.receipt(technique, arguments);
            let expected = expected.expect("a known answer");
            assert!(
                receipt.same_work(&expected),
                "{technique} {arguments}: {receipt:?}"
            );
        }
    }
}

#[test]
fn pypy_hands_in_the_same_receipts() {
    let Some(pypy) = PYPY.as_ref() else {
        return skip("no pypy3 is installed");
    };
    for technique in TECHNIQUES {
        let waiter = pypy.receipt(technique, "waiter --time-scale 0.01");
        assert_eq!(waiter, waiter::Job::new(5, 1.0).expected(), "{technique}");
        let lists = pypy.receipt(technique, "lists --size 20");
        assert_eq!(
            Some(lists),
            compute::Job::lists(20, 1).expected(),
            "{technique}"
        );
        for probe in [
            "pingpong --size 10",
            "pingpong-spinning --size 10",
            "switch --size 10",
            "message --size 10",
            "memory --size 10",
            "ticker --size 10",
            "sleepers --size 3",
            "race --size 10",
        ] {
            pypy.receipt(technique, probe);
        }
    }
}

#[test]
fn receipts_of_downloads_are_those_of_rust() {
    let Some(python) = python_with_packages() else {
        return;
    };
    let server = Server::start(0).expect("a free port");
    let (url, moment) = (server.url(), Duration::ZERO);
    for technique in TECHNIQUES {
        for (arguments, job) in [
            (
                "hello --time-scale 0.01 --size 7",
                download::Job::hello(&url, 7, moment, 1),
            ),
            (
                "sites --size 10 --delay 1",
                download::Job::sites(&url, 10, moment, 1),
            ),
            (
                "cats --size 1 --repeat 2 --workers 3",
                download::Job::cats(&url, 2, 1),
            ),
        ] {
            let receipt = python.receipt(technique, &format!("{arguments} --server {url}"));
            let expected = job.expected().expect("a known answer");
            assert!(
                receipt.same_work(&expected),
                "{technique} {arguments}: {receipt:?}"
            );
        }
    }
}

#[test]
fn calls_that_block_return_wherever_they_are_made() {
    let Some(python) = python() else { return };
    for technique in TECHNIQUES {
        for probe in ["blocking", "offload"] {
            if (technique, probe) == ("sequential", "offload") {
                continue;
            }
            let calls = format!("{probe} --size 5 --time-scale 0.01");
            assert_eq!(python.receipt(technique, &calls).units, 5, "{technique}");
        }
    }
}

#[test]
fn a_session_for_every_page_brings_the_same_pages_over_more_connections() {
    let Some(python) = python_with_packages() else {
        return;
    };
    for technique in ["threading", "asyncio"] {
        let kept = connections(python, technique, "");
        let opened = connections(python, technique, "--as-published");
        assert!(kept <= 5, "{technique}: {kept} connections");
        assert!(opened >= 20, "{technique}: {opened} connections");
    }
}

/// How many connections twenty photos take.
fn connections(python: &Python, technique: &str, form: &str) -> u64 {
    let server = Server::start(0).expect("a free port");
    let url = server.url();
    let receipt = python.receipt(technique, &format!("cats --size 1 --server {url} {form}"));
    let expected = download::Job::cats(&url, 1, 1).expected();
    assert!(receipt.same_work(&expected.expect("a known answer")));

    let mut connection = TcpStream::connect(url.socket_addrs(|| None).expect("an address")[0])
        .expect("the server listens");
    write!(
        connection,
        "GET /stats HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
    )
    .expect("the server reads");
    let mut answer = String::new();
    connection
        .read_to_string(&mut answer)
        .expect("the server answers");
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    let stats: Stats = serde_json::from_str(body).expect("statistics");
    // One of them looked for a listener, and one asked for the statistics.
    stats.connections - 2
}

#[test]
fn hashes_of_large_buffers_are_those_of_sha256sum() {
    let Some(python) = python() else { return };
    // head -c 1048576 /dev/zero | sha256sum
    const ZEROS: &str = "30e14955ebf1352266dc2ff8067e68104607e750abb9d3b36582b8af909fcb58";
    let sequential = python.receipt("sequential", "hashes --buffers --size 1");
    let Answer::Digests(digests) = &sequential.answer else {
        panic!("hashes bring digests: {sequential:?}");
    };
    assert_eq!((sequential.units, digests[&0].as_str()), (20, ZEROS));
    for technique in &TECHNIQUES[1..] {
        let receipt = python.receipt(technique, "hashes --buffers --size 1");
        assert_eq!(receipt, sequential, "{technique}");
    }
}

#[test]
fn the_slices_of_the_document_lose_their_last_number() {
    let Some(python) = python() else { return };
    let line = python.failure("threading squares --slices --as-published --size 50", 1);
    let (all, but_the_last) = (332_833_500, 332_833_500 - 999 * 999);
    assert!(line.starts_with("threading: wrong answer: "), "{line}");
    assert!(
        line.contains(&all.to_string()) && line.contains(&but_the_last.to_string()),
        "{line}"
    );
}

/// What a request that crashes costs: its connection, or the server with all others.
#[test]
fn a_crash_costs_a_server_what_it_costs_in_rust() {
    let Some(python) = python() else { return };
    for (form, survived) in [
        ("sequential", &[][..]),
        ("threading", &["panic"]),
        ("threading --workers 1", &["panic"]),
        ("multiprocessing --workers 1", &["panic", "abort", "kill"]),
        ("asyncio", &["panic"]),
    ] {
        for how in ["panic", "abort", "kill"] {
            let (mut server, mut stdout, address) = serving(python, form, &["--crashes"]);
            let ask = |page: &str| {
                let mut answer = String::new();
                let request = format!("GET {page} HTTP/1.0\r\n\r\n");
                if let Ok(mut client) = TcpStream::connect(&address) {
                    let _ = client.write_all(request.as_bytes());
                    let _ = client.read_to_string(&mut answer);
                }
                answer
            };
            assert_eq!(ask(&format!("/crash?how={how}")), "", "{form}, {how}");
            if survived.contains(&how) {
                assert!(ask("/hello").ends_with("Hello, World!"), "{form}, {how}");
                kill_process(Pid::from_child(&server.0), Signal::TERM).expect("it is alive");
            }
            let status = server.0.wait().expect("an end");
            assert_eq!(status.success(), survived.contains(&how), "{form}, {how}");
            let mut rest = String::new();
            stdout.read_to_string(&mut rest).expect("its output");
            assert_eq!(rest.is_empty(), !survived.contains(&how), "{form}, {how}");
        }
    }
    let (_server, _stdout, address) = serving(python, "sequential", &[]);
    let mut client = TcpStream::connect(&address).expect("a connection");
    client
        .write_all(b"GET /crash?how=kill HTTP/1.0\r\n\r\n")
        .expect("it is taken");
    let mut answer = String::new();
    client.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.0 404"), "{answer}");
}

/// A server that ends with its test: its workers do when their standard input is closed.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.0), Signal::TERM);
        let _ = self.0.wait();
    }
}

/// A server at a free port, the rest of what it prints, and its address.
fn serving(python: &Python, form: &str, flags: &[&str]) -> (Ended, BufReader<ChildStdout>, String) {
    let server = Command::new(&python.program)
        .arg(twins())
        .args(form.split_whitespace().take(1))
        .args(["serve", "--port", "0", "--json"])
        .args(form.split_whitespace().skip(1))
        .args(flags)
        .stdout(Stdio::piped())
        // An interpreter says much of an exception that a test wants.
        .stderr(Stdio::null())
        .spawn()
        .expect("the interpreter starts");
    let mut server = Ended(server);
    let mut stdout = BufReader::new(server.0.stdout.take().expect("a pipe"));
    let mut line = String::new();
    stdout.read_line(&mut line).expect("an address");
    let address = line.trim().strip_prefix("http://").expect("an address");
    (server, stdout, address.trim_end_matches('/').to_owned())
}

/// A server in Python: its answers are those of Rust, and it ends as gently.
#[test]
fn servers_answer_as_those_of_rust_do_and_end_with_a_receipt() {
    let Some(python) = python() else { return };
    const LAST: &str = "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    for form in [
        "sequential",
        "threading",
        "threading --workers 2",
        "multiprocessing --workers 2",
        "asyncio",
    ] {
        let (mut server, mut stdout, address) = serving(python, form, &[]);
        let answer = |request: &str| {
            let mut client = TcpStream::connect(&address).expect("a connection");
            client.write_all(request.as_bytes()).expect("it is taken");
            let mut answer = String::new();
            client.read_to_string(&mut answer).expect("an answer");
            let (head, rest) = answer.split_once("date: ").expect("a date");
            format!("{head}{}", rest.split_once("\r\n").expect("a line").1)
        };
        let hello = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nconnection: close\r\n\
            content-length: 13\r\n\r\nHello, World!";
        assert_eq!(answer(LAST), hello, "{form}");
        assert_eq!(
            answer(&LAST.replace("hello", "hello?delay=0.01")),
            hello,
            "{form}"
        );
        assert!(answer(&LAST.replace("hello", "work?us=100")).ends_with("worked"));
        for (from, to, status) in [
            ("hello", "nothing", "HTTP/1.1 404 Not Found\r\n"),
            ("GET", "PUT", "HTTP/1.1 405 Method Not Allowed\r\n"),
            ("HTTP/1.1", "HTTP/3", "HTTP/1.1 400 Bad Request\r\n"),
        ] {
            let answer = answer(&LAST.replacen(from, to, 1));
            assert!(answer.starts_with(status), "{form}: {answer}");
        }
        let many = LAST.replace("Connection: close\r\n", "").repeat(9) + LAST;
        let mut client = TcpStream::connect(&address).expect("a connection");
        client.write_all(many.as_bytes()).expect("they are taken");
        let mut answers = String::new();
        client.read_to_string(&mut answers).expect("answers");
        assert_eq!(answers.matches("Hello, World!").count(), 10, "{form}");

        // A client that is silent does not keep it.
        let silent = TcpStream::connect(&address).expect("a connection");
        kill_process(Pid::from_child(&server.0), Signal::TERM).expect("it is alive");
        let mut text = String::new();
        stdout.read_to_string(&mut text).expect("a receipt");
        let status = server.0.wait().expect("an end");
        assert!(status.success(), "{form}: {status}");
        let report: Report = serde_json::from_str(&text).expect("a receipt");
        assert_eq!(report.receipt.units, 13, "{form}: {text}");
        let errors: u64 = report.receipt.errors.values().sum();
        assert_eq!(errors, 3, "{form}: {text}");
        let on_uvloop = report.receipt.readings.contains_key("uvloop");
        assert_eq!(
            on_uvloop,
            form == "asyncio" && python.has("uvloop"),
            "{form}"
        );
        drop(silent);
    }
}

#[test]
fn every_probe_ends() {
    let Some(python) = python() else { return };
    for technique in TECHNIQUES {
        let sleepers = python.receipt(technique, "sleepers --size 7 --time-scale 0.01");
        assert_eq!(sleepers.units, 7);
        for (pingpong, sum) in [
            ("pingpong --size 10", 10),
            ("pingpong-spinning --size 10", 10),
            ("message --size 10 --bytes 1048576", 20 << 17),
            ("message --size 10 --bytes 1048576 --of bytes", 20 << 17),
            ("memory --size 10 --bytes 1048576", 20 << 17),
        ] {
            let answer = python.receipt(technique, pingpong).answer;
            assert_eq!(answer, Answer::Sum(sum), "{technique} {pingpong}");
        }
        assert_eq!(python.receipt(technique, "switch --size 10").units, 20);
        // On a busy machine the ticker may have had one turn alone; it has a longest gap from the second on.
        let mut runs = (0..100).map(|_| python.receipt(technique, "ticker --size 20").readings);
        let ticked = runs.find(|readings| readings["ticks"] >= 2.0);
        assert!(ticked.is_some_and(|readings| readings["longest_gap"] > 0.0));
        let crash = python.receipt(technique, "crash --how error --size 10");
        assert_eq!((crash.units, crash.errors["error"]), (9, 1));
        assert_eq!(crash.answer, Answer::Sum(45 - 5));
    }
}

#[test]
fn an_uncaught_exception_costs_one_unit_where_its_result_is_asked_for() {
    let Some(python) = python() else { return };
    for technique in &TECHNIQUES[1..] {
        let receipt = python.receipt(technique, "crash --how panic --size 10");
        assert_eq!(
            (receipt.units, receipt.errors["panic"]),
            (9, 1),
            "{technique}"
        );
    }
    let line = python.failure("sequential crash --how panic", 1);
    assert!(line.contains("unit 5 panicked"), "{line}");
}

#[test]
fn an_abort_takes_every_unit_of_its_process() {
    let Some(python) = python() else { return };
    for technique in ["sequential", "threading", "asyncio"] {
        let output = python.run(&format!("{technique} crash --how abort --json"));
        assert_eq!(
            (output.status.code(), output.stdout),
            (None, vec![]),
            "{technique}"
        );
    }
    let receipt = python.receipt("multiprocessing", "crash --how abort --size 10");
    assert_eq!((receipt.units, receipt.errors["abort"]), (9, 1));
}

#[test]
fn a_killed_worker_hangs_a_pool_and_breaks_an_executor_and_leaves_no_process() {
    let Some(python) = python() else { return };
    let crash = |flag| {
        let command = format!("multiprocessing crash-pool --how abort --json {flag}");
        let child = Command::new(&python.program)
            .arg(twins())
            .args(command.split_whitespace())
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the interpreter starts");
        let group = Pid::from_child(&child);
        // The twin gives a hung pool up after 5 s, so this ends.
        let output = child.wait_with_output().expect("the twin ends");
        // A forkserver ends by itself, a moment after its program.
        ensure_gone(group);
        let report: Report = serde_json::from_slice(&output.stdout).expect("a receipt");
        (report.receipt, report.seconds)
    };
    let (pool, seconds) = crash("");
    assert_eq!(pool.errors, BTreeMap::from([("hung".to_owned(), 10)]));
    assert_eq!((pool.units, pool.readings["hung_after"]), (0, 5.0));
    assert!(seconds >= 5.0, "{seconds}");

    let (executor, _) = crash("--executor");
    assert!(executor.errors["abort"] >= 1, "{executor:?}");
    assert_eq!(executor.units + executor.errors["abort"], 10);
}

#[test]
fn no_count_is_lost_between_two_awaits_and_every_second_across_one() {
    let Some(python) = python() else { return };
    let alone = python.receipt("sequential", "race-call --size 1000 --workers 2");
    assert_eq!(alone.readings["lost"], 0.0);
    let shared = python.receipt("multiprocessing", "race --size 1000 --workers 2");
    assert!(
        (0.0..=1000.0).contains(&shared.readings["lost"]),
        "{shared:?}"
    );
    let whole = python.receipt("asyncio", "race --size 1000 --workers 2");
    assert_eq!(whole.readings["lost"], 0.0);
    let cut = python.receipt("asyncio", "race-call --size 1000 --workers 2");
    assert_eq!(cut.readings["lost"], 1000.0);
}

#[test]
fn a_wrong_command_line_gets_one_line_and_exit_code_2() {
    let Some(python) = python() else { return };
    for (words, allowed) in [
        ("", "technique"),
        ("twisted", "sequential"),
        ("threading", "workload"),
        ("threading dogs", "squares"),
        ("threading hello --workers 0", "1 to 100000"),
        ("threading hello --workers many", "--workers"),
        ("threading waiter --size 27", "1 to 26"),
        ("threading waiter --time-scale -1", "0 to 60"),
        ("threading waiter --repeat 2", "--repeat is for"),
        (
            "threading hello --server 127.0.0.1:8000",
            "http://127.0.0.1:8000",
        ),
        ("threading waiter --queue", "--queue"),
        ("sequential offload", "sequential has no offload"),
        ("threading crash-pool --executor", "multiprocessing alone"),
        ("threading crash --how slowly", "panic"),
        ("threading cats --fast", "--fast"),
    ] {
        let line = python.failure(words, 2);
        assert!(line.contains(allowed), "{words}: {line}");
    }
}

#[test]
fn a_python_without_the_packages_says_how_to_get_them() {
    let Some(python) = python() else { return };
    for (technique, package) in [("threading", "requests"), ("asyncio", "aiohttp")] {
        // -S: without the folder that packages are installed in.
        let output = assert_cmd::Command::new(&python.program)
            .arg("-S")
            .arg(twins())
            .args([technique, "hello"])
            .timeout(HUNG)
            .output()
            .expect("the interpreter starts");
        let line = format!(
            "{technique}: the package {package} is missing: `make python` makes an environment that has it\n"
        );
        assert_eq!((output.status.code(), texts(&output).1), (Some(1), line));
    }
}

#[test]
fn a_python_that_is_too_old_says_which_one_is_needed() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let main = fs::read_to_string(twins().join("__main__.py")).expect("a file of this repository");
    assert!(main.contains("OLDEST = (3, 9)"));
    let main = main.replace("OLDEST = (3, 9)", "OLDEST = (4, 0)");
    fs::write(folder.path().join("__main__.py"), main).expect("a disk with space");
    let output = Command::new(&python.program)
        .arg(folder.path())
        .output()
        .expect("the interpreter starts");
    assert_eq!(output.status.code(), Some(1));
    let (_, line) = texts(&output);
    assert!(
        line.starts_with("python: 3.") && line.ends_with("is needed\n"),
        "{line}"
    );
}

#[test]
fn a_page_that_is_missing_or_wrong_fails_the_run_by_name() {
    let Some(python) = python_with_packages() else {
        return;
    };
    for technique in TECHNIQUES {
        for (answer, reason) in [
            ("404 Not Found", "answered 404 Not Found"),
            ("200 OK", "0 bytes instead of"),
        ] {
            let peer = Peer::http(Answers::status(answer));
            let line = python.failure(
                &format!("{technique} cats --size 1 --server {}", peer.url()),
                1,
            );
            assert!(line.contains("/cats/") && line.contains(reason), "{line}");
        }
        // A body that cannot be read hides no status, and a part is not the page.
        for status in ["404 Not Found", "206 Partial Content"] {
            let body = "content-encoding: gzip\r\ncontent-length: 100\r\n\r\nshort";
            let peer = Peer::http(Answers::raw(&format!("HTTP/1.1 {status}\r\n{body}")));
            let arguments = format!("{technique} cats --size 1 --server {}", peer.url());
            let line = python.failure(&arguments, 1);
            assert!(line.contains(&format!("answered {status}")), "{line}");
        }
        let gone = Peer::gone();
        let line = python.failure(&format!("{technique} hello --server {gone}"), 1);
        assert!(
            line.contains(gone.as_str()) && line.contains("cargo run --bin server"),
            "{line}"
        );
    }
}

/// What a file of a technique is called without its ending.
fn files(folder: &Path, ending: &str) -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let name = entry.expect("an entry").file_name();
        let name = name.to_str().expect("a name in UTF-8").to_owned();
        names.extend(name.strip_suffix(ending).map(str::to_owned));
    }
    names.retain(|name| name != "__init__");
    names.sort();
    names
}

/// Names of the functions in a source, in order.
fn functions(source: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for mut line in source.lines() {
        for word in ["pub ", "async "] {
            line = line.strip_prefix(word).unwrap_or(line);
        }
        let function = line.strip_prefix("fn ").or(line.strip_prefix("def "));
        names.extend(function.and_then(|rest| rest.split(['(', '<']).next()));
    }
    names
}

#[test]
fn files_and_functions_are_those_of_rust_in_the_same_order() {
    for technique in TECHNIQUES {
        let folder = twins().join("story").join(technique);
        let mut expected = Vec::new();
        for part in ["workloads", "probes"] {
            let rust = root().join(technique).join("src").join(part);
            for name in files(&rust, ".rs") {
                let read = |path: PathBuf| fs::read_to_string(path).expect("a source file");
                let twin = read(folder.join(format!("{name}.py")));
                let original = read(rust.join(format!("{name}.rs")));
                let (twin, original) = (functions(&twin), functions(&original));
                assert_eq!(
                    twin[0], "run",
                    "{technique} {name} begins with another function"
                );
                let place = |name: &&str| twin.iter().position(|other| other == name);
                let places: Vec<_> = original.iter().filter_map(place).collect();
                assert!(
                    places.is_sorted(),
                    "{technique} {name}: {twin:?} beside {original:?}"
                );
                if part == "workloads" {
                    assert!(
                        original
                            .iter()
                            .all(|name| place(name).is_some() || rust_only(technique, name)),
                        "{technique} {name}: {twin:?} beside {original:?}"
                    );
                }
                expected.push(name);
            }
        }
        expected.sort();
        assert_eq!(files(&folder, ".py"), expected, "{technique}");
    }
}

/// Functions that Python's standard library makes unnecessary: its executors have the loop over a queue inside.
fn rust_only(technique: &str, function: &str) -> bool {
    (technique, function) == ("threading", "work")
}

#[test]
fn the_command_in_every_header_is_one_that_its_twin_takes() {
    let Some(python) = python() else { return };
    let mut commands = Vec::new();
    for technique in TECHNIQUES {
        let start = "    python3 shared/python ";
        let folder = twins().join("story").join(technique);
        for name in files(&folder, ".py") {
            let source =
                fs::read_to_string(folder.join(format!("{name}.py"))).expect("a source file");
            let before = commands.len();
            commands.extend(
                source
                    .lines()
                    .filter_map(|line| line.strip_prefix(start).map(str::to_owned)),
            );
            assert!(
                commands.len() > before,
                "{technique}/{name}.py does not say how to run it"
            );
            assert!(
                commands[before..]
                    .iter()
                    .all(|command| command.starts_with(technique))
            );
        }
    }
    // A wrong one ends the interpreter with a complaint.
    let parse = "import sys; from story.cli import parse; [parse(c.split()) for c in sys.argv[1:]]";
    let output = Command::new(&python.program)
        .args(["-c", parse])
        .args(commands)
        .current_dir(twins())
        .output()
        .expect("the interpreter starts");
    assert!(output.status.success(), "{}", texts(&output).1);
}
