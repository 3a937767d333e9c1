//! The servers: every answer to the last byte, whatever pieces it is asked for in, and an end that loses nothing.

mod crashes;
mod crowd;

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use shared::Receipt;
use shared::cli::Report;
use shared::server::cat;

use crate::others::spawn;
use crate::program::{HUNG, ensure_gone, failure, heed_interrupts};

pub use crashes::*;
pub use crowd::*;

const HELLO: &str = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";

const GREETING: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 13\r\ndate: D\r\n\r\nHello, World!";

/// A program that serves, in a process group of its own. It is ended with the test.
#[derive(Debug)]
pub struct Served {
    child: Option<Child>,
    stdout: BufReader<std::process::ChildStdout>,
    address: SocketAddr,
}

impl Served {
    /// Starts `program` as a server with these flags.
    ///
    /// # Panics
    ///
    /// If it does not say where it listens.
    pub fn start(program: &str, flags: &str) -> Self {
        heed_interrupts();
        Self::started_by(Command::new(program), flags)
    }

    /// The same program where SIGINT is ignored, as in the background of a script.
    fn start_ignoring_interrupts(program: &str, flags: &str) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", "trap '' INT; exec \"$0\" \"$@\"", program]);
        Self::started_by(shell, flags)
    }

    fn started_by(mut command: Command, flags: &str) -> Self {
        let mut child = command
            .args(["serve", "--port", "0", "--json"])
            .args(flags.split_whitespace())
            .env("RUST_BACKTRACE", "0")
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("the program starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        let address = line.trim().strip_prefix("http://");
        let address = address.and_then(|address| address.strip_suffix('/')?.parse().ok());
        Self {
            child: Some(child),
            stdout,
            address: address.unwrap_or_else(|| panic!("no address: {line:?}")),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    fn group(&self) -> Pid {
        Pid::from_child(self.child.as_ref().expect("it has not ended"))
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("a connection");
        stream.set_read_timeout(Some(HUNG)).expect("a timeout");
        stream.set_nodelay(true).expect("no delay");
        stream
    }

    /// What is answered to these bytes, after which the client sends no more.
    fn answer(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        let send = (&stream).write_all(bytes);
        let end = send.and_then(|()| stream.shutdown(Shutdown::Write));
        // A server that has refused already may have closed.
        drop(end);
        undated(&read_to_end(&mut stream))
    }

    /// Asks it to end, and waits for that.
    fn end(mut self, signal: Signal) -> Receipt {
        let group = self.group();
        kill_process(group, signal).expect("the program is alive");
        let receipt = self.receipt();
        ensure_gone(group);
        receipt
    }

    fn receipt(&mut self) -> Receipt {
        let mut text = String::new();
        self.stdout.read_to_string(&mut text).expect("a receipt");
        let status = self.child.take().expect("once").wait().expect("an end");
        assert_eq!(status.code(), Some(0), "{status}");
        let report: Report = serde_json::from_str(&text).expect("a receipt and nothing else");
        report.receipt
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// All forms in which a program serves, as flags.
fn forms(program: &str) -> &'static [&'static str] {
    match () {
        () if program.ends_with("threading") => &["", "--workers 3"],
        () if program.ends_with("multiprocessing") => &["--workers 3"],
        () if program.ends_with("asyncio") => &["", "--runtime multi-thread"],
        () => &[""],
    }
}

/// Whether this form answers one connection while another is open.
fn serves_many(program: &str) -> bool {
    !program.ends_with("sequential")
}

fn read_to_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Ok(_) => bytes,
        Err(error) if error.kind() == ErrorKind::ConnectionReset => bytes,
        Err(error) => panic!("{error} after {}", String::from_utf8_lossy(&bytes)),
    }
}

/// Answers without their dates.
fn undated(answers: &[u8]) -> String {
    let text = String::from_utf8_lossy(answers);
    let mut parts = text.split("date: ");
    let mut undated = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (date, rest) = part.split_once("\r\n").expect("a line");
        assert_eq!(date.len(), "Sun, 06 Nov 1994 08:49:37 GMT".len(), "{date}");
        undated += "date: D\r\n";
        undated += rest;
    }
    undated
}

/// One whole answer from a connection that stays open.
fn one_answer(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => bytes.push(byte[0]),
            _ if bytes.is_empty() => return None,
            other => panic!("{other:?} after {}", String::from_utf8_lossy(&bytes)),
        }
    }
    let head = String::from_utf8_lossy(&bytes);
    let length = head.split("content-length: ").nth(1).expect("a length");
    let length = length.split("\r\n").next().expect("a line").parse();
    let mut body = vec![0; length.expect("a number")];
    stream.read_exact(&mut body).expect("the whole body");
    bytes.extend(body);
    Some(undated(&bytes))
}

fn answer(status: &str, more: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{more}content-length: {length}\r\ndate: D\r\n\r\n{body}")
}

fn plain(status: &str, more: &str, body: &str) -> String {
    answer(status, &format!("content-type: text/plain\r\n{more}"), body)
}

/// A GET of this page with these fields besides `Host`.
fn get(page: &str, fields: &str) -> String {
    format!("GET {page} HTTP/1.1\r\nHost: x\r\n{fields}\r\n")
}

/// A request whose head has so many bytes.
fn head_of(bytes: usize) -> String {
    let empty = get("/hello", "A: \r\n").len();
    get("/hello", &format!("A: {}\r\n", "a".repeat(bytes - empty)))
}

#[allow(missing_docs)]
pub fn every_answer_of_a_server_is_right_to_the_last_byte(program: &str) {
    let close = "connection: close\r\n";
    let lost = plain(
        "404 Not Found",
        "",
        "no such page: there are /hello, /work and /cats/1.jpg to /cats/20.jpg\n",
    );
    let bad = answer("400 Bad Request", close, "");
    let large = answer("431 Request Header Fields Too Large", close, "");
    let content = plain("413 Payload Too Large", close, "no content is taken here\n");
    let only_get = "only GET and HEAD are served here\n";
    let refused = plain("405 Method Not Allowed", "allow: GET, HEAD\r\n", only_get);
    let more = "allow: GET, HEAD\r\nconnection: close\r\n";
    let refused_content = plain("405 Method Not Allowed", more, only_get);
    let host = plain("400 Bad Request", "", "HTTP/1.1 wants one Host\n");
    let delay = plain(
        "400 Bad Request",
        "",
        "delay is a number of seconds from 0 to 60\n",
    );
    let work = "us is a number of microseconds from 0 to 10000000\n";
    let work = plain("400 Bad Request", "", work);
    let hello = GREETING.to_owned();
    let old = GREETING.replace("1.1", "1.0");
    let kept = old.replace("content-length", "connection: keep-alive\r\ncontent-length");
    let table = [
        (HELLO.to_owned(), &hello),
        (get("/hello?delay=0.01", ""), &hello),
        (get("http://x/hello?a=%20", ""), &hello),
        (HELLO.replace("\r\n", "\n"), &hello),
        (format!("\r\n{HELLO}"), &hello),
        (head_of(8192), &hello),
        (head_of(8193), &large),
        (head_of(60_000), &large),
        (get("/hello", &"A: b\r\n".repeat(99)), &hello),
        (get("/hello", &"A: b\r\n".repeat(100)), &large),
        (
            get("/hello", "Connection: close\r\n"),
            &plain("200 OK", close, "Hello, World!"),
        ),
        (
            HELLO.replace("GET", "HEAD"),
            &hello.replace("Hello, World!", ""),
        ),
        ("GET /hello HTTP/1.0\r\n\r\n".to_owned(), &old),
        (
            "GET /hello HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n".to_owned(),
            &kept,
        ),
        (get("/work?us=100", ""), &plain("200 OK", "", "worked")),
        (get("/work", ""), &work),
        (get("/work?us=10000001", ""), &work),
        (get("/hello?delay=61", ""), &delay),
        (get("/", ""), &lost),
        (get("/cats/0.jpg", ""), &lost),
        (get("/cats/21.jpg", ""), &lost),
        (get("/cats/../../../etc/passwd", ""), &lost),
        (get("/cats/%2e%2e/secret", ""), &lost),
        (get("/crash?how=abort", ""), &lost),
        (HELLO.replace("GET", "POST"), &refused),
        (get("*", "").replace("GET", "OPTIONS"), &refused),
        (
            get("/hello", "Content-Length: 5\r\n").replace("GET", "PUT") + "hello",
            &refused_content,
        ),
        (get("/hello", "Content-Length: 5\r\n") + "hello", &content),
        (
            get("/hello", "Content-Length: 9000000\r\n") + &"x".repeat(9000),
            &content,
        ),
        (
            get("/hello", "Transfer-Encoding: chunked\r\n") + "5\r\nhello\r\n0\r\n\r\n",
            &content,
        ),
        (
            get("/hello", "Expect: 100-continue\r\nContent-Length: 5\r\n"),
            &content,
        ),
        ("\u{16}\u{3}\u{1} no HTTP at all\r\n\r\n".to_owned(), &bad),
        (HELLO.replace("1.1", "3.0"), &bad),
        (get("/h<>^`", ""), &bad),
        (get("/hello", "Content-Length: five\r\n"), &bad),
        (
            get("/hello", "Content-Length: 0\r\nContent-Length: 1\r\n"),
            &bad,
        ),
        (get("/hello", "Transfer-Encoding: gzip\r\n"), &bad),
        ("GET /hello HTTP/1.1\r\n\r\n".to_owned(), &host),
        (get("/hello", "Host: y\r\n"), &host),
        (format!("{HELLO}no request\0"), &format!("{GREETING}{bad}")),
        ("GET /hello HTTP/1.1\r\nHos".to_owned(), &String::new()),
        (String::new(), &String::new()),
    ];
    for form in forms(program) {
        let server = Served::start(program, form);
        for (request, expected) in &table {
            let answer = server.answer(request.as_bytes());
            let beginning = &request[..request.len().min(100)];
            assert_eq!(&answer, *expected, "{program} {form}: {beginning:?}");
        }
        let mut stream = server.connect();
        stream
            .write_all(get("/cats/7.jpg", "Connection: close\r\n").as_bytes())
            .expect("a request");
        let photo = read_to_end(&mut stream);
        assert!(photo.ends_with(&cat(7)), "{program} {form}");
    }
}

#[allow(missing_docs)]
pub fn requests_may_come_together_or_in_pieces(program: &str) {
    for form in forms(program) {
        let server = Served::start(program, form);
        let many = server.answer(HELLO.repeat(1000).as_bytes());
        assert_eq!(many, GREETING.repeat(1000), "{program} {form}");

        let mut stream = server.connect();
        for byte in HELLO.repeat(2).bytes() {
            stream.write_all(&[byte]).expect("a byte is taken");
        }
        for _ in 0..2 {
            assert_eq!(
                one_answer(&mut stream).as_deref(),
                Some(GREETING),
                "{program} {form}"
            );
        }
    }
}

#[allow(missing_docs)]
pub fn a_client_that_sends_no_more_still_gets_its_answer(program: &str) {
    for form in forms(program) {
        let server = Served::start(program, form);
        let answer = server.answer(get("/hello?delay=0.2", "").as_bytes());
        assert_eq!(answer, GREETING, "{program} {form}");
    }
}

/// A byte now and then, for ever; and one that takes nothing of what it asks for.
#[allow(missing_docs)]
pub fn a_slow_client_costs_a_server_no_more_than_its_patience(program: &str) {
    for form in forms(program) {
        let server = Served::start(program, &format!("{form} --patience 300"));
        let mut greedy = server.connect();
        let cats = get("/cats/1.jpg", "").repeat(300);
        greedy
            .write_all(cats.as_bytes())
            .expect("it is taken, at least by the system");

        let mut slow = server.connect();
        let mut sent = slow.try_clone().expect("a clone");
        let trickle = thread::spawn(move || {
            let end = Instant::now() + HUNG;
            while Instant::now() < end && sent.write_all(b"G").is_ok() {
                thread::sleep(Duration::from_millis(20));
            }
        });
        let answer = server.answer(HELLO.as_bytes());
        assert_eq!(answer, GREETING, "{program} {form}");
        assert_eq!(undated(&read_to_end(&mut slow)), "", "{program} {form}");
        trickle.join().expect("no panic");
        let receipt = server.end(Signal::TERM);
        assert!(
            receipt.errors["timeout"] >= 1,
            "{program} {form}: {receipt:?}"
        );
    }
}

#[allow(missing_docs)]
pub fn a_connection_too_many_is_refused_or_waits(program: &str) {
    for form in forms(program) {
        let waits = !serves_many(program) || form.contains("--workers");
        let server = Served::start(program, &format!("{form} --max-connections 3"));
        let mut inside: Vec<_> = (0..3).map(|_| server.connect()).collect();
        for stream in &mut inside[..if serves_many(program) { 3 } else { 1 }] {
            stream.write_all(HELLO.as_bytes()).expect("a request");
            assert_eq!(
                one_answer(stream).as_deref(),
                Some(GREETING),
                "{program} {form}"
            );
        }
        let mut late = server.connect();
        late.write_all(HELLO.as_bytes()).expect("a request");
        if waits {
            inside.clear();
            assert_eq!(
                one_answer(&mut late).as_deref(),
                Some(GREETING),
                "{program} {form}"
            );
        } else {
            let busy = String::from_utf8(read_to_end(&mut late)).expect("text");
            let head = "HTTP/1.1 503 Service Unavailable\r\n";
            assert!(
                busy.starts_with(head) && busy.ends_with("for now"),
                "{busy}"
            );
        }
        drop((inside, late));
        let receipt = server.end(Signal::TERM);
        let refused = receipt.errors.get("503").copied().unwrap_or_default();
        assert_eq!(refused, u64::from(!waits), "{program} {form}: {receipt:?}");
        assert!(receipt.readings["most_connections"] <= 3.0, "{receipt:?}");
    }
}

#[allow(missing_docs)]
pub fn a_server_that_is_to_end_answers_the_requests_before(program: &str) {
    for (form, signal) in forms(program)
        .iter()
        .flat_map(|form| [(form, Signal::TERM), (form, Signal::INT)])
    {
        let server = Served::start(program, form);
        let group = server.group();
        let clients = if serves_many(program) { 3 } else { 1 };
        let answers = AtomicU64::new(0);
        let receipt = thread::scope(|scope| {
            let (answers, request) = (&answers, get("/hello?delay=0.02", ""));
            for _ in 0..clients {
                let (mut stream, request) = (server.connect(), request.clone());
                scope.spawn(move || {
                    // What is sent when the server has closed already is no request of its.
                    while stream.write_all(request.as_bytes()).is_ok() {
                        let Some(answer) = one_answer(&mut stream) else {
                            break;
                        };
                        assert!(answer.ends_with("Hello, World!"), "{answer}");
                        answers.fetch_add(1, Relaxed);
                        if answer.contains("connection: close") {
                            break;
                        }
                    }
                });
            }
            // Under way: every client has had some answers, or would have by now.
            let end = Instant::now() + HUNG;
            while answers.load(Relaxed) < 10 && Instant::now() < end {
                thread::yield_now();
            }
            kill_process(group, signal).expect("the program is alive");
            let mut server = server;
            server.receipt()
        });
        ensure_gone(group);
        assert_eq!(
            receipt.units,
            answers.into_inner(),
            "{program} {form}: {receipt:?}"
        );
        assert!(
            receipt.units >= 10 && receipt.errors.is_empty(),
            "{receipt:?}"
        );
    }
}

#[allow(missing_docs)]
pub fn an_interrupt_that_was_ignored_at_the_start_ends_no_server(program: &str) {
    for form in forms(program) {
        let server = Served::start_ignoring_interrupts(program, form);
        let group = server.group();
        // Whichever process answers this has done all that it does about signals.
        assert!(server.answer(HELLO.as_bytes()).ends_with("Hello, World!"));
        kill_process_group(group, Signal::INT).expect("the program is alive");
        for process in children(group).into_iter().chain([group]) {
            let ignores = ignores_interrupts(process);
            assert_ne!(ignores, Some(false), "{program} {form}: {process:?}");
        }
        assert!(server.answer(HELLO.as_bytes()).ends_with("Hello, World!"));
        let receipt = server.end(Signal::TERM);
        assert_eq!(receipt.units, 2, "{program} {form}: {receipt:?}");
        assert!(receipt.errors.is_empty(), "{program} {form}: {receipt:?}");
    }
}

/// `None` if it has ended.
fn ignores_interrupts(process: Pid) -> Option<bool> {
    let status = format!("/proc/{}/status", process.as_raw_nonzero());
    let status = fs::read_to_string(status).ok()?;
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))?;
    let mask = u64::from_str_radix(mask.trim(), 16).expect("a mask");
    Some(mask & 1 << (Signal::INT.as_raw() - 1) != 0)
}

#[allow(missing_docs)]
pub fn a_port_that_is_taken_gets_one_line(program: &str) {
    let server = Served::start(program, "");
    let port = server.address().port();
    let line = failure(program, &format!("serve --port {port}"), 1);
    assert!(
        line.contains(&format!("cannot listen at port {port}")),
        "{line}"
    );
}

#[allow(missing_docs)]
pub fn curl_and_a_browser_are_served(program: &str) {
    // A browser opens connections that it may need later, each of which keeps a server of one connection busy.
    let server = Served::start(program, "--patience 500");
    let url = format!("http://{}", server.address());
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--fail", "--noproxy", "*", "--max-time", "60"]);
    curl.args([format!("{url}/hello"), format!("{url}/cats/1.jpg")]);
    if let Some(child) = spawn(curl.stdout(Stdio::piped())) {
        let output = child.wait_with_output().expect("curl ends");
        let expected = [b"Hello, World!", &*cat(1)].concat();
        assert!(output.status.success() && output.stdout == expected);
    }
    let profile = tempfile::TempDir::new().expect("a temporary folder");
    let mut chromium = Command::new("chromium");
    chromium.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-proxy-server",
        "--timeout=30000",
        "--dump-dom",
    ]);
    chromium.arg(format!("--user-data-dir={}", profile.path().display()));
    chromium.arg(format!("{url}/hello")).stderr(Stdio::null());
    if let Some(child) = spawn(chromium.stdout(Stdio::piped())) {
        let output = child.wait_with_output().expect("the browser ends");
        let page = String::from_utf8_lossy(&output.stdout);
        assert!(page.contains("Hello, World!"), "{page}");
    }
}

fn children(parent: Pid) -> Vec<Pid> {
    let tasks = format!("/proc/{}/task", parent.as_raw_nonzero());
    let tasks = fs::read_dir(tasks).expect("the program is alive").flatten();
    let mut all = Vec::new();
    for task in tasks {
        let list = fs::read_to_string(task.path().join("children")).unwrap_or_default();
        let pids = list.split_whitespace().filter_map(|pid| pid.parse().ok());
        all.extend(pids.filter_map(Pid::from_raw));
    }
    all
}
