//! The server under load, and under clients that mean no good. All of it stays on this machine.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use rustix::process::{Resource, getrlimit};
use shared::cli::raise_descriptor_limit;
use shared::server::{Server, Setup, Stats};
use url::Url;

/// The server as a process of its own, whose memory is its own.
struct Process {
    child: Child,
    url: Url,
    _until_stdin_ends: ChildStdin,
}

impl Process {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_server"))
            .args(["--port", "0", "--until-stdin-ends"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut url).unwrap();
        Self {
            url: url.trim().parse().unwrap(),
            _until_stdin_ends: child.stdin.take().unwrap(),
            child,
        }
    }

    /// Memory at the highest, in kB.
    fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak.unwrap()
            .trim()
            .trim_end_matches(" kB")
            .parse()
            .unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn connect(server: &Url) -> TcpStream {
    let address = (server.host_str().unwrap(), server.port().unwrap());
    let stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    stream
}

fn ask(stream: &mut TcpStream, page: &str) {
    write!(stream, "GET {page} HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
}

/// Everything until the server closes the connection, which it may do with a reset.
fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// That a well-behaved client gets its page.
fn ensure_served(server: &Url) {
    let mut stream = connect(server);
    write!(
        stream,
        "GET /sites/small HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let answer = rest(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with("</p>\n"), "{answer}");
}

#[test]
fn ten_thousand_idle_connections_cost_little_and_hinder_no_other() {
    const CONNECTIONS: usize = 10_000;
    raise_descriptor_limit();
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    if limit < CONNECTIONS as u64 + 100 {
        eprintln!("skipped: {limit} open files are allowed here, fewer than the test needs");
        return;
    }
    let server = Process::start();
    ensure_served(&server.url);
    let before = server.peak_memory();
    let mut idle: Vec<_> = (0..CONNECTIONS).map(|_| connect(&server.url)).collect();
    ensure_served(&server.url);

    // The last to come is served as well, and so the server has taken all of them in.
    let mut answer = [0; 15];
    let last = idle.last_mut().unwrap();
    ask(last, "/stats");
    last.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200 OK");
    let each = (server.peak_memory() - before) as f64 / CONNECTIONS as f64;
    assert!(each < 32.0, "{each:.1} kB for each idle connection");
}

#[test]
fn a_thousand_requests_in_flight_are_all_answered() {
    raise_descriptor_limit();
    let server = Process::start();
    let start = Instant::now();
    let mut streams: Vec<_> = (0..1000).map(|_| connect(&server.url)).collect();
    for stream in &mut streams {
        ask(stream, "/hello?delay=1");
    }
    for stream in &mut streams {
        let mut head = [0; 15];
        stream.read_exact(&mut head).unwrap();
        assert_eq!(&head, b"HTTP/1.1 200 OK");
    }
    // One after another they would take 1000 s.
    assert!(
        start.elapsed() < Duration::from_secs(30),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn a_public_tool_finds_no_error() {
    let server = Process::start();
    let page = server.url.join("sites/large").unwrap();
    let run = Command::new("wrk")
        .args([
            "--threads",
            "1",
            "--connections",
            "1000",
            "--duration",
            "1s",
            "--timeout",
            "30s",
        ])
        .arg(page.as_str())
        .output();
    let Ok(output) = run else {
        eprintln!("skipped: wrk is not installed");
        return;
    };
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success() && said.contains("Requests/sec"),
        "{said}"
    );
    assert!(
        !said.contains("Socket errors") && !said.contains("Non-2xx"),
        "{said}"
    );
}

#[test]
fn bytes_that_are_no_http_get_an_error_and_no_other_client_does() {
    let server = Server::start(0).unwrap();
    let long = format!(
        "GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n",
        "x".repeat(1 << 20)
    );
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "x: x\r\n".repeat(1000));
    let path = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "x".repeat(100_000));
    for (request, statuses) in [
        ("\r\n\r\nhello\r\n\r\n", &["400"][..]),
        ("GET\r\n\r\n", &["400"]),
        ("GET / HTTP/9.9\r\n\r\n", &["400", "505"]),
        ("GET / HTTP/1.1\r\nno colon\r\n\r\n", &["400"]),
        ("GET / HTTP/1.1\r\ncontent-length: many\r\n\r\n", &["400"]),
        ("\0\0\0\0\r\n\r\n", &["400"]),
        (&long, &["431"]),
        (&many, &["431"]),
        (&path, &["414", "431"]),
    ] {
        let mut stream = connect(&server.url());
        // The server may have had enough before it has seen all of it.
        let _ = stream.write_all(request.as_bytes());
        let _ = stream.shutdown(Shutdown::Write);
        let answer = rest(&mut stream);
        let status = answer.split(' ').nth(1).unwrap_or_default();
        // A reset that overtakes the answer is an error too.
        assert!(
            answer.is_empty() || statuses.contains(&status),
            "{request:.40}: {answer:.80}"
        );
        ensure_served(&server.url());
    }
}

#[test]
fn a_client_that_never_finishes_its_request_is_closed_and_delays_no_other() {
    let server = Server::with(Setup {
        patience: Duration::from_millis(300),
        ..Setup::default()
    });
    let server = server.unwrap();
    let mut slow: Vec<_> = (0..100).map(|_| connect(&server.url())).collect();
    for stream in &mut slow {
        write!(stream, "GET / HTTP/1.1\r\nx-slow: ").unwrap();
    }
    ensure_served(&server.url());
    // A byte from each as long as the server has nothing to say to the first.
    let start = Instant::now();
    let drip = Some(Duration::from_millis(50));
    let patience = slow[0].read_timeout().unwrap();
    slow[0].set_read_timeout(drip).unwrap();
    while slow.iter_mut().all(|stream| stream.write_all(b"x").is_ok())
        && matches!(slow[0].peek(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock)
    {
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "slow clients are still served"
        );
    }
    slow[0].set_read_timeout(patience).unwrap();
    for stream in &mut slow {
        let answer = rest(stream);
        assert!(!answer.contains("200 OK"), "{answer}");
    }
    ensure_served(&server.url());
}

#[test]
fn arbitrary_bytes_do_not_hurt_it() {
    let server = Server::start(0).unwrap();
    let url = server.url();
    let piece = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..200),
        "[ -~]{0,40}".prop_map(String::into_bytes),
        proptest::sample::select(vec![
            "GET ",
            "POST ",
            "/hello?delay=",
            "/cats/1.jpg",
            " HTTP/1.1",
            "\r\n",
            "\r\n\r\n",
            "host: x",
            "content-length: ",
            "transfer-encoding: chunked",
            "0",
            "?page=1&try=2",
        ])
        .prop_map(|piece| piece.as_bytes().to_vec()),
    ];
    let bytes = proptest::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat());
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let result = runner.run(&bytes, |bytes| {
        let mut stream = connect(&url);
        let _ = stream.write_all(&bytes);
        let _ = stream.shutdown(Shutdown::Write);
        rest(&mut stream);
        Ok(())
    });
    result.unwrap();
    ensure_served(&url);
    let mut stream = connect(&url);
    // Not with a half-closed connection, which the server may take for a client that has left.
    let request = "GET /stats HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let answer = rest(&mut stream);
    let stats: Stats = serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    assert!(stats.connections >= 202, "{stats:?}");
}
